import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { mustRun } from "../run-command.ts";
import type { BuildContext } from "./part-store.ts";

/** Program that the lab runs on the machine → Debian package that contains it. */
const NEEDED: Readonly<Record<string, string>> = {
  debootstrap: "debootstrap",
  "systemd-nspawn": "systemd-container",
  ip: "iproute2",
  nsenter: "util-linux",
  setpriv: "util-linux",
  unshare: "util-linux",
  mount: "mount",
  tar: "tar",
};

export function isOnPath(program: string, path = process.env["PATH"] ?? ""): boolean {
  return path.split(":").some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Installs what the machine lacks, except Go: Debian's version is too old for the parts. */
export async function ensureMachinePackages(context: BuildContext): Promise<void> {
  if (!isOnPath("go")) throw new Error("the lab builds Kubernetes from its Go modules: install Go 1.26 or newer first");
  const missing = Object.keys(NEEDED).filter((program) => !isOnPath(program));
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((program) => NEEDED[program] ?? program))];
  context.say(`installing the Debian packages ${packages.join(", ")} …`);
  const options = {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    timeoutMs: 10 * 60_000,
    signal: context.signal,
  };
  await mustRun(["apt-get", "update"], options);
  await mustRun(["apt-get", "install", "--yes", "--no-install-recommends", ...packages], options);
}
