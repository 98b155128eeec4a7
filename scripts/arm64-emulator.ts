import { existsSync } from "node:fs";

const program = "/usr/bin/qemu-aarch64-static";
const libraries = "/usr/aarch64-linux-gnu";

/** How arm64 programs are run on this machine; undefined where it has neither the emulator nor an arm64 libc for it. */
export function arm64Emulator(): readonly [string, ...string[]] | undefined {
  if (process.arch === "arm64") return ["/usr/bin/env"];
  return existsSync(program) && existsSync(`${libraries}/lib`) ? [program, "-L", libraries] : undefined;
}
