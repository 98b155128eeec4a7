import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A package of npm that is compiled into the program. */
export interface Dependency {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression. */
  readonly license: string;
  /** The text of its license; undefined if the package has none. */
  readonly licenseText: string | undefined;
  /** SHA-512 of its archive, in hexadecimal. */
  readonly sha512: string;
}

interface Lockfile {
  readonly packages: Readonly<
    Record<
      string,
      { readonly dev?: boolean; readonly optional?: boolean; readonly peer?: boolean; readonly integrity?: string }
    >
  >;
}

/** Returns the packages that the lockfile has for the program, not those for its development, such as the runtimes. */
export function dependencies(root: string): readonly Dependency[] {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as Lockfile;
  return Object.entries(packages)
    .filter(([path, { dev, optional, peer }]) => path !== "" && dev !== true && optional !== true && peer !== true)
    .map(([path, { integrity = "" }]) => {
      const directory = join(root, path);
      const manifest = JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as Record<string, unknown>;
      return {
        name: String(manifest["name"]),
        version: String(manifest["version"]),
        license: String(manifest["license"]),
        licenseText: licenseText(directory),
        sha512: Buffer.from(integrity.replace(/^sha512-/, ""), "base64").toString("hex"),
      };
    });
}

function licenseText(directory: string): string | undefined {
  const name = readdirSync(directory).find((entry) => /^licen[cs]e(\.txt|\.md)?$/i.test(entry));
  const file = name === undefined ? undefined : join(directory, name);
  return file !== undefined && existsSync(file) ? readFileSync(file, "utf8").replaceAll("\r\n", "\n") : undefined;
}
