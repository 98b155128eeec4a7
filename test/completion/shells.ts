import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { built } from "../build/artifact.ts";
import { temporaryDirectory } from "../support/temporary/temporary-directory.ts";

/** A directory with the compiled program in bin/, and with files to complete. */
export function completionWorld() {
  const directory = temporaryDirectory().path;
  const program = join(directory, "bin/kubeadm");
  mkdirSync(join(directory, "bin"));
  symlinkSync(process.env["KUBEADM_BINARY"] ?? built("binary"), program);
  mkdirSync(join(directory, "work/patches dir"), { recursive: true });
  writeFileSync(join(directory, "work/join.yaml"), "");
  const env = { PATH: `${join(directory, "bin")}${delimiter}/usr/bin:/bin`, HOME: directory, TERM: "xterm" };
  const run = (shell: string, argv: readonly string[], more: Readonly<Record<string, string>> = {}) => {
    const options = {
      cwd: join(directory, "work"),
      env: { ...env, ...more },
      encoding: "utf8",
      timeout: 30_000,
    } as const;
    const { stdout, stderr, status } = spawnSync(shell, argv, options);
    return { stdout, stderr, status };
  };
  return { directory, program, run };
}

export function isInstalled(shell: string): boolean {
  return spawnSync("/bin/sh", ["-c", `command -v ${shell}`]).status === 0;
}
