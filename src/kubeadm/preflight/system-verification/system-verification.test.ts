import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { goodKernelConfiguration, machine, told } from "../../../../test/fixtures/kubeadm/preflight/preflight.ts";
import type { SystemReportLine } from "../../../events/event.ts";
import type { MemorySeed } from "../../../host/memory.ts";
import { readKubeletVersion } from "../kubelet-version.ts";
import { systemVerification } from "./system-verification.ts";

async function verified(seed: MemorySeed) {
  const each = machine(seed);
  const { lines, events } = await told([systemVerification(readKubeletVersion())], each);
  const report = events.flatMap((event): readonly SystemReportLine[] =>
    event.type === "preflight.system-report" ? event.lines : [],
  );
  return { lines, report, commands: each.host.commands.calls.map(({ argv }) => argv.join(" ")) };
}

const deprecated = /cgroups v1 support is deprecated/;
const v1Files = {
  "/proc/mounts": "tmpfs /sys/fs/cgroup tmpfs ro 0 0\ncgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0\n",
  "/sys/fs/cgroup/memory/tasks": "",
  "/boot/config-6.12.0": `${goodKernelConfiguration}${["CPUACCT", "DEVICE", "FREEZER"].map((name) => `CONFIG_CGROUP_${name}=y\n`).join("")}`,
  "/proc/cgroups": [
    "#subsys_name\thierarchy\tnum_cgroups\tenabled",
    ...["cpu", "cpuacct", "cpuset", "devices", "freezer", "memory", "pids", "hugetlb", "blkio"].map(
      (name) => `${name}\t1\t1\t1`,
    ),
  ].join("\n"),
};

describe("SystemVerification", () => {
  it.each<[what: string, release: string, lines: string[]]>([
    ["6.x", "6.12.0", []],
    ["7.x", "7.0.1-generic", []],
    ["5.15 LTS", "5.15.0-25-generic", []],
    [
      "5.8",
      "5.8.0",
      [
        "WARNING SystemVerification: kernel release 5.8.0 is unsupported. Supported LTS versions from the 5.x series are 5.4, " +
          "5.10 and 5.15. Any 6.x version is also supported. For cgroups v2 support, the recommended version is 5.10 or newer",
      ],
    ],
  ])("knows kernels that are supported: %s", async (_, kernelRelease, lines) => {
    const files = { [`/boot/config-${kernelRelease}`]: goodKernelConfiguration };
    expect((await verified({ machine: { kernelRelease }, files })).lines).toEqual(lines);
  });

  it("reports line by line what the kernel lacks", async () => {
    const configuration = goodKernelConfiguration
      .replace("CONFIG_CGROUP_BPF=y\n", "# CONFIG_CGROUP_BPF is not set\n")
      .replace("CONFIG_EXT4_FS=y", "CONFIG_EXT4_FS=m")
      .replace("CONFIG_IP_NF_TARGET_REDIRECT=y\n", "");
    const { lines, report } = await verified({ files: { "/boot/config-6.12.0": configuration } });
    expect(lines).toEqual([
      "ERROR SystemVerification: unexpected kernel config: CONFIG_IP_NF_TARGET_REDIRECT CONFIG_CGROUP_BPF",
    ]);
    expect(report).toEqual(
      expect.arrayContaining([
        { key: "KERNEL_VERSION", value: "6.12.0", verdict: "good" },
        { key: "CONFIG_EXT4_FS", value: "enabled (as module)", verdict: "good" },
        { key: "CONFIG_IP_NF_TARGET_REDIRECT", value: "not set", verdict: "bad" },
        {
          key: "CONFIG_CGROUP_BPF",
          value: "not set - Required for eBPF programs attached to cgroups, used in device controller.",
          verdict: "bad",
        },
        { key: "CONFIG_AUFS_FS", value: "not set - Required for aufs.", verdict: "warning" },
        { key: "OS", value: "Linux", verdict: "good" },
        { key: "CGROUPS_FREEZER", value: "enabled", verdict: "good" },
      ]),
    );
  });

  it("reads the kernel's own, compressed configuration first", async () => {
    const configuration = goodKernelConfiguration.replace("CONFIG_INET=y", "CONFIG_INET=n");
    const { lines } = await verified({ files: { "/proc/config.gz": { content: gzipSync(configuration) } } });
    expect(lines).toEqual(["ERROR SystemVerification: unexpected kernel config: CONFIG_INET"]);
  });

  it("loads the module that has the configuration, and unloads it again", async () => {
    const each = machine();
    await each.host.files.remove("/boot/config-6.12.0");
    each.host.commands.install("modprobe", ({ argv }) => {
      if (argv[1] === "configs") each.host.files.put("/proc/config.gz", { content: gzipSync(goodKernelConfiguration) });
      return {};
    });
    const { lines } = await told([systemVerification(readKubeletVersion())], each);
    expect(lines).toEqual([]);
    const calls = each.host.commands.calls.map(({ argv }) => argv.join(" "));
    expect(calls).toEqual(["kubelet --version", "modprobe configs", "modprobe -r configs"]);
  });

  it.each<[what: string, modprobe: { exitCode: number; stderr: string } | undefined, expected: string]>([
    [
      "because modprobe fails",
      { exitCode: 1, stderr: "modprobe: FATAL: Module configs not found\n" },
      'unable to load kernel module: "configs", output: "modprobe: FATAL: Module configs not found\\n", err: exit status 1',
    ],
    [
      "because there is no modprobe",
      undefined,
      'unable to load kernel module: "configs", output: "", err: exec: "modprobe": executable file not found in $PATH',
    ],
  ])("says that there is no configuration, %s", async (_, modprobe, expected) => {
    const each = machine(modprobe === undefined ? {} : { commands: { modprobe } });
    await each.host.files.remove("/boot/config-6.12.0");
    const { lines } = await told([systemVerification(readKubeletVersion())], each);
    expect(lines).toEqual([`ERROR SystemVerification: failed to parse kernel config: ${expected}`]);
  });

  it.each<[what: string, files: Record<string, string>, expected: string[]]>([
    [
      "a controller that is needed, and one that is wanted",
      { "/sys/fs/cgroup/cgroup.controllers": "cpuset cpu io memory" },
      [
        "WARNING SystemVerification: missing optional cgroups: hugetlb",
        "ERROR SystemVerification: missing required cgroups: pids",
      ],
    ],
    [
      "the freezer, where cgroups cannot freeze",
      { "/sys/fs/cgroup/init.scope/cgroup.procs": "" },
      ["ERROR SystemVerification: missing required cgroups: freezer"],
    ],
    [
      "the freezer, where no cgroups can be made",
      { "/proc/mounts": "cgroup2 /sys/fs/cgroup cgroup2 ro,nosuid,nodev 0 0\n" },
      [
        "WARNING SystemVerification: mkdir /sys/fs/cgroup/freezer-test: read-only file system",
        "ERROR SystemVerification: missing required cgroups: freezer",
      ],
    ],
    [
      "all cgroups",
      { "/proc/mounts": "proc /proc proc rw 0 0\n" },
      [
        'ERROR SystemVerification: failed to get unified mountpoint: cannot get a cgroupfs mount point from "/proc/mounts"',
        'ERROR SystemVerification: cannot get a cgroup mount point: cannot get a cgroupfs mount point from "/proc/mounts"',
      ],
    ],
  ])("tells what is missing: %s", async (_, files, expected) => {
    expect((await verified({ files })).lines).toEqual(expected);
  });

  it.each<[kubelet: string, severity: string]>([
    ["v1.34.9", "WARNING"],
    ["v1.35.0-alpha.1", "ERROR"],
    ["v1.37.2", "ERROR"],
  ])("takes cgroups v1 with a kubelet %s for an %s", async (kubelet, severity) => {
    const seed = { files: v1Files, commands: { kubelet: { stdout: `Kubernetes ${kubelet}\n` } } };
    const { lines } = await verified(seed);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(deprecated);
    expect(lines[0]).toContain(`${severity} SystemVerification`);
  });

  it("reports only the missing controller of cgroups v1, as upstream does", async () => {
    const { lines } = await verified({
      files: { ...v1Files, "/proc/cgroups": v1Files["/proc/cgroups"].replace("pids\t1\t1\t1", "pids\t1\t1\t0") },
    });
    expect(lines).toEqual(["ERROR SystemVerification: missing required cgroups: pids"]);
  });
});
