import { chmodSync, lchownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { entriesBelow } from "./entries-below.ts";
import { kubeletVersion as defaultVersion } from "./kubelet/version.ts";
import { programPath } from "./start-kubelet.ts";

/** The options of `scratchRoot`. */
export interface ScratchRootOptions {
  /** By default "node-1". */
  readonly hostname?: string;
  /** What `kubelet --version` prints; v1.37.2 by default. */
  readonly kubeletVersion?: string;
  /** User id of the owner of all files; by default this process's user. Only root can set another. */
  readonly uid?: number;
}

/** A directory with the files of a machine. Disposal removes it. */
export interface ScratchRoot extends Disposable {
  /** Absolute path of the directory on this machine. */
  readonly path: string;
  /** Returns the path on this machine for a path of the node. */
  inside(path: string): string;
  /** Removes the whole tree. */
  remove(): void;
}

/** The path of containerd's socket on the node: the default of kubeadm's criSocket. */
export const criSocketPath = "/run/containerd/containerd.sock";

/**
 * Creates a temporary directory for kubeadm's `--rootfs` that has the files of a fresh machine with a kubelet: those that
 * preflight checks read, and none of a cluster. Needs no privileges. The path is short because the paths of unix sockets
 * are limited to 107 bytes. Throws the error of node:fs if it cannot be created.
 */
export function scratchRoot(options: ScratchRootOptions = {}): ScratchRoot {
  const { hostname = "node-1", uid, kubeletVersion = defaultVersion } = options;
  const path = mkdtempSync(join(tmpdir(), "node-"));
  for (const [name, mode] of directories) mkdirSync(join(path, name), { recursive: true, mode });
  for (const [name, content, mode] of files(path, { hostname, kubeletVersion })) {
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

type Installed = Required<Pick<ScratchRootOptions, "hostname" | "kubeletVersion">>;

function files(root: string, { hostname, kubeletVersion }: Installed): readonly (readonly [string, string, number])[] {
  return [
    ["etc/hostname", `${hostname}\n`, 0o644],
    ["etc/hosts", `127.0.0.1 localhost\n127.0.1.1 ${hostname}\n`, 0o644],
    ["etc/resolv.conf", "nameserver 192.0.2.53\n", 0o644],
    ["proc/swaps", "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n", 0o644],
    ["proc/sys/net/ipv4/ip_forward", "1\n", 0o644],
    ["proc/sys/net/ipv6/conf/default/forwarding", "1\n", 0o644],
    ["usr/bin/kubelet", kubeletScript(root, { hostname, kubeletVersion }), 0o755],
    ...["losetup", "mount", "cp", "mv", "sync"].map(
      (name) => [`usr/bin/${name}`, `#!/bin/sh\nexec /usr/bin/${name} "$@"\n`, 0o755] as const,
    ),
  ];
}

/** The embedded kubelet under the name of the real one: `kubelet --version`, or a run in this root. */
function kubeletScript(root: string, { hostname, kubeletVersion }: Installed): string {
  const words = [
    process.execPath,
    programPath(),
    "--root",
    root,
    "--hostname",
    hostname,
    "--release",
    kubeletVersion,
    "--",
  ]
    .map(quote)
    .join(" ");
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
