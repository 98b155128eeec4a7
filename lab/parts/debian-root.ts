import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mustRun } from "../run-command.ts";
import { readDebianMirror } from "./debian-mirror.ts";
import { type BuildContext, ensurePart } from "./part-store.ts";

const RECIPE = 1;

/** What a node needs from its distribution, and a few programs for inspection. */
const PACKAGES = [
  ...["systemd", "systemd-sysv", "dbus", "libpam-systemd", "util-linux", "mount", "procps", "kmod", "ca-certificates"],
  ...["runc", "containernetworking-plugins", "iptables", "conntrack", "ethtool", "socat", "iproute2", "ipset"],
  ...["curl", "openssl", "strace", "iputils-ping", "dnsutils"],
];

/** Returns the root file system that all hosts share, read-only. */
export async function ensureDebianRoot(context: BuildContext): Promise<string> {
  const { uri, suite } = await readDebianMirror();
  const directory = await ensurePart(context, `debian-${suite}-r${RECIPE}`, async (target) => {
    const root = join(target, "root");
    const debootstrap = ["debootstrap", "--variant=minbase", `--include=${PACKAGES.join(",")}`, suite, root, uri];
    // debootstrap mounts file systems below the new root. In a separate mount namespace they are removed when it ends,
    // however it ends; a leftover /proc would prevent removing the unfinished folder.
    await mustRun(["unshare", "--mount", "--propagation", "private", ...debootstrap], {
      timeoutMs: 30 * 60_000,
      signal: context.signal,
    });
    await Promise.all(
      ["var/cache/apt/archives", "var/lib/apt/lists", "etc/hostname", "etc/resolv.conf", "etc/machine-id"].map((path) =>
        rm(join(root, path), { recursive: true, force: true }),
      ),
    );
    await writeFile(join(root, "etc/machine-id"), "");
  });
  return join(directory, "root");
}
