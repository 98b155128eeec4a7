import { chmodSync, lchownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { entriesBelow } from "./entries-below.ts";
import { kubeletVersion } from "./kubelet/version.ts";
import { programPath } from "./start-kubelet.ts";

export interface ScratchRootOptions {
  /** By default "node-1". */
  readonly hostname?: string;
  /** Owner of everything in it, where this process is root; by default this process's user. */
  readonly uid?: number;
}

export interface ScratchRoot extends Disposable {
  readonly path: string;
  /** Converts a path of the node to one of this machine. */
  inside(path: string): string;
  /** Removes the whole tree. */
  remove(): void;
}

/** The socket of containerd on a fresh machine, as the node sees it. */
export const criSocketPath = "/run/containerd/containerd.sock";

/**
 * A directory that looks to kubeadm's `--rootfs` like a fresh machine with a kubelet installed: the files that the
 * preflight checks read exist, those of a cluster do not. Needs no privileges. The path is short, since it contains
 * unix sockets.
 */
export function scratchRoot(options: ScratchRootOptions = {}): ScratchRoot {
  const { hostname = "node-1", uid } = options;
  const path = mkdtempSync(join(tmpdir(), "node-"));
  for (const [name, mode] of directories) mkdirSync(join(path, name), { recursive: true, mode });
  for (const [name, content, mode] of files(path, hostname)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), content, { mode });
  }
  symlinkSync("/run", join(path, "var/run"));
  symlinkSync("usr/bin", join(path, "bin"));
  chmodSync(join(path, "tmp"), 0o1777);
  if (uid !== undefined && uid !== process.getuid?.()) changeOwner(path, uid);
  const remove = () => rmSync(path, { recursive: true, force: true });
  return { path, inside: (inner) => join(path, inner), remove, [Symbol.dispose]: remove };
}

const directories: readonly (readonly [string, number])[] = [
  ["etc", 0o755],
  ["run/containerd", 0o755],
  ["tmp", 0o755],
  ["usr/bin", 0o755],
  ["var/lib/kubelet", 0o755],
];

function files(root: string, hostname: string): readonly (readonly [string, string, number])[] {
  return [
    ["etc/hostname", `${hostname}\n`, 0o644],
    ["etc/hosts", `127.0.0.1 localhost\n127.0.1.1 ${hostname}\n`, 0o644],
    ["etc/resolv.conf", "nameserver 192.0.2.53\n", 0o644],
    ["proc/swaps", "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n", 0o644],
    ["proc/sys/net/ipv4/ip_forward", "1\n", 0o644],
    ["proc/sys/net/ipv6/conf/default/forwarding", "1\n", 0o644],
    ["usr/bin/kubelet", kubeletScript(root, hostname), 0o755],
    ...["losetup", "mount", "cp"].map(
      (name) => [`usr/bin/${name}`, `#!/bin/sh\nexec /usr/bin/${name} "$@"\n`, 0o755] as const,
    ),
  ];
}

/** The stand-in under the name of the real one: `kubelet --version`, or a run in this root. */
function kubeletScript(root: string, hostname: string): string {
  const words = [process.execPath, programPath(), "--root", root, "--hostname", hostname, "--"].map(quote).join(" ");
  return `#!/bin/sh
if [ "\${1:-}" = --version ]; then
  echo "Kubernetes ${kubeletVersion}"
  exit 0
fi
exec ${words} "$@"
`;
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

function changeOwner(path: string, uid: number): void {
  for (const entry of [path, ...entriesBelow(path)]) lchownSync(entry, uid, uid);
}
