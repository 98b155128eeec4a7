import { join, resolve } from "node:path";
import { BuildError } from "./build-error.ts";
import type { Architecture } from "./sealed-runtime.ts";

/** The packages of the lockfile that have the Bun of each platform; npm installs the one that fits. */
const packages: Readonly<Record<string, string>> = {
  "linux-x64": "@oven/bun-linux-x64",
  "linux-arm64": "@oven/bun-linux-aarch64",
  "darwin-arm64": "@oven/bun-darwin-aarch64",
  "darwin-x64": "@oven/bun-darwin-x64",
};

/** Returns the path of this machine's Bun within a checkout. Throws BuildError if the lockfile has none for it. */
export function pinnedBun(): string {
  const platform = `${process.platform}-${process.arch}`;
  const name = packages[platform];
  if (name === undefined) throw new BuildError(`there is no pinned Bun for ${platform}`);
  return `node_modules/${name}/bin/bun`;
}

/** The absolute path of this checkout's Bun, in which the program runs once it is compiled. */
export function bunOfCheckout(): string {
  return join(resolve(import.meta.dirname, ".."), pinnedBun());
}

/**
 * Returns the architecture of the executables that run on this machine. Throws BuildError where they run on none: then the
 * library is what can be built.
 */
export function architectureHere(): Architecture {
  const { platform, arch } = process;
  if (platform === "linux" && (arch === "x64" || arch === "arm64")) return arch;
  throw new BuildError(
    `the program is an executable for Linux on amd64 and arm64, and this is ${platform} on ${arch}: use such a machine, or the container in .devcontainer`,
  );
}
