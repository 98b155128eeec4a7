import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { BuildError } from "../build-error.ts";

/** Program → Debian package that has it. */
const packages = {
  "dpkg-deb": "dpkg",
  rpmbuild: "rpm",
  rpmsign: "rpm",
  createrepo_c: "createrepo-c",
  lintian: "lintian",
  rpmlint: "rpmlint",
  gpg: "gnupg",
  xz: "xz-utils",
  tar: "tar",
  npm: "npm",
} as const;

export type Tool = keyof typeof packages;

/** Throws with the command that installs what is missing. */
export function requireTools(tools: readonly Tool[]): void {
  const missing = tools.filter((tool) => findTool(tool) === undefined);
  if (missing.length === 0) return;
  const wanted = [...new Set(missing.map((tool) => packages[tool]))];
  throw new BuildError(
    `missing: ${missing.join(", ")}. On Debian and Ubuntu: apt-get install --no-install-recommends ${wanted.join(" ")}`,
  );
}

/** Returns where the program is; undefined if it is not installed. */
export function findTool(program: Tool): string | undefined {
  const files = (process.env["PATH"] ?? "").split(":").map((directory) => join(directory, program));
  return files.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
