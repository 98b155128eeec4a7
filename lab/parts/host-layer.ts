import { chmod, copyFile, link, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ClusterVersion } from "../versions.ts";
import { type BuildContext, ensurePart } from "./part-store.ts";

const RECIPE = 1;
const FILES = join(import.meta.dirname, "../files");

/** Part → its programs and their paths on hosts. */
const PROGRAMS: readonly (readonly [part: string, program: string, path: string])[] = [
  ["kubeadm", "kubeadm", "usr/local/bin/kubeadm-upstream"],
  ["kubectl", "kubectl", "usr/bin/kubectl"],
  ["kubelet", "kubelet", "usr/bin/kubelet"],
  ["etcdctl", "etcdctl", "usr/local/bin/etcdctl"],
  ["containerd", "containerd", "usr/local/bin/containerd"],
  ["containerd", "containerd-shim-runc-v2", "usr/local/bin/containerd-shim-runc-v2"],
  ["containerd", "ctr", "usr/local/bin/ctr"],
];

/** File of the lab → path on hosts. */
const CONFIGURATION: readonly (readonly [file: string, path: string])[] = [
  ["kubelet.service", "usr/lib/systemd/system/kubelet.service"],
  ["10-kubeadm.conf", "usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf"],
  ["containerd.service", "usr/lib/systemd/system/containerd.service"],
  ["lab-prepare.service", "usr/lib/systemd/system/lab-prepare.service"],
  ["lab-ready.service", "usr/lib/systemd/system/lab-ready.service"],
  ["journald.conf", "etc/systemd/journald.conf.d/lab.conf"],
];

const ENABLED = ["kubelet.service", "containerd.service", "lab-prepare.service", "lab-ready.service"];

/** Units of a minimal Debian that a test host does not need. */
const MASKED = [
  ...[
    "getty.target",
    "console-getty.service",
    "systemd-logind.service",
    "systemd-networkd.service",
    "e2scrub_reap.service",
  ],
  ...["apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "e2scrub_all.timer", "fstrim.timer"],
  ...[
    "systemd-update-utmp.service",
    "systemd-tmpfiles-clean.timer",
    "systemd-firstboot.service",
    "kmod-static-nodes.service",
  ],
];

/** Returns the layer over Debian that makes a host a Kubernetes host: programs, units, settings. */
export async function ensureHostLayer(
  context: BuildContext,
  version: ClusterVersion,
  bin: (part: string) => string,
  sandboxImage: string,
): Promise<string> {
  const id = `host-${version.kubernetes}-${version.containerd}-${version.etcd}-r${RECIPE}`;
  const directory = await ensurePart(context, id, async (target) => {
    const root = join(target, "root");
    for (const [part, program, path] of PROGRAMS) {
      await makeParent(root, path);
      await link(join(bin(part), program), join(root, path));
    }
    for (const [file, path] of CONFIGURATION) {
      await makeParent(root, path);
      await copyFile(join(FILES, file), join(root, path));
      await chmod(join(root, path), 0o644);
    }
    await makeParent(root, "etc/containerd/config.toml");
    await writeFile(join(root, "etc/containerd/config.toml"), containerdConfig(sandboxImage));
    await makeParent(root, "usr/local/lib/kubeadm-lab/prepare-host");
    await copyFile(join(FILES, "prepare-host.sh"), join(root, "usr/local/lib/kubeadm-lab/prepare-host"));
    await chmod(join(root, "usr/local/lib/kubeadm-lab/prepare-host"), 0o755);
    await linkUnits(root);
    for (const folder of ["usr/lib/modules", "etc/cni/net.d", "opt"])
      await mkdir(join(root, folder), { recursive: true });
  });
  return join(directory, "root");
}

/** The folder on hosts of a lab with the programs of the version that its cluster can be upgraded to. */
export const NEXT_VERSION_PROGRAMS = "/usr/local/lib/kubeadm-lab/next-version";

/** Returns the layer with these programs, which an operator would install as packages during the upgrade. */
export async function ensureNextVersionLayer(
  context: BuildContext,
  { kubernetes }: ClusterVersion,
  bin: (part: string) => string,
): Promise<string> {
  const directory = await ensurePart(context, `next-version-${kubernetes}-r${RECIPE}`, async (target) => {
    const folder = join(target, "root", NEXT_VERSION_PROGRAMS);
    await mkdir(folder, { recursive: true, mode: 0o755 });
    for (const program of ["kubeadm", "kubelet", "kubectl"])
      await link(join(bin(program), program), join(folder, program));
  });
  return join(directory, "root");
}

async function makeParent(root: string, path: string): Promise<void> {
  await mkdir(join(root, dirname(path)), { recursive: true, mode: 0o755 });
}

async function linkUnits(root: string): Promise<void> {
  const wanted = "etc/systemd/system/multi-user.target.wants";
  await mkdir(join(root, wanted), { recursive: true });
  for (const unit of ENABLED) await symlink(`/usr/lib/systemd/system/${unit}`, join(root, wanted, unit));
  for (const unit of MASKED) await symlink("/dev/null", join(root, "etc/systemd/system", unit));
  await symlink("/usr/lib/systemd/system/multi-user.target", join(root, "etc/systemd/system/default.target"));
}

/**
 * `restrict_oom_score_adj`: machines without CAP_SYS_RESOURCE cannot lower a process's oom score, and every pod would
 * fail. The CNI programs are where Debian's package has them.
 */
function containerdConfig(sandboxImage: string): string {
  return `version = 3

[plugins."io.containerd.cri.v1.images".pinned_images]
  sandbox = "${sandboxImage}"

[plugins."io.containerd.cri.v1.runtime"]
  restrict_oom_score_adj = true

[plugins."io.containerd.cri.v1.runtime".cni]
  bin_dirs = ["/usr/lib/cni"]
  conf_dir = "/etc/cni/net.d"

[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
  SystemdCgroup = false
`;
}
