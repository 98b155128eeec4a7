import { join } from "node:path";
import { pinnedBun } from "../pinned-bun.ts";
import { run } from "./run.ts";

/** Where the runtime that is inside the executable comes from. */
export interface Runtime {
  readonly name: string;
  readonly version: string;
  /** The libraries inside it, with the versions, or the commits, that it reports. */
  readonly parts: readonly { readonly name: string; readonly version: string }[];
}

/** What it reports that is no part of it: itself, interfaces of others that it imitates, and standards. */
const noParts = new Set(["bun", "node", "modules", "napi", "v8", "uv", "openssl", "typescript", "unicode"]);

/** Asks the pinned runtime itself. Those of all architectures have the same version. */
export async function describeRuntime(root: string): Promise<Runtime> {
  const bun = join(root, pinnedBun());
  const versions = JSON.parse(await run([bun, "--eval", "console.log(JSON.stringify(process.versions))"])) as Readonly<
    Record<string, string>
  >;
  return {
    name: "bun",
    version: versions["bun"] ?? "unknown",
    parts: Object.entries(versions)
      .filter(([name]) => !noParts.has(name))
      .map(([name, version]) => ({ name, version }))
      .toSorted((left, right) => (left.name < right.name ? -1 : 1)),
  };
}
