import { describe, expect, it } from "vitest";
import { memoryClock } from "../../host/memory/clock.ts";
import { memoryFiles } from "../../host/memory/files.ts";
import type { JsonValue } from "../../values/json.ts";
import { readKubeletFlags } from "./kubelet-flags.ts";
import { type HiddenCgroupDriver, kubeletObstacles } from "./kubelet-obstacles.ts";

const heading = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";
const swapOn = { "/proc/swaps": `${heading}/dev/sda2 partition 1048572 0 -2\n/swap.img file 1 0 -3\n` };
const v1 = { "/proc/mounts": "tmpfs /sys/fs/cgroup tmpfs ro 0 0\ncgroup /sys/fs/cgroup/memory cgroup rw 0 0\n" };
const v2 = { "/proc/mounts": "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n" };
const flagsOf = (args: string) => ({ "/var/lib/kubelet/kubeadm-flags.env": `KUBELET_KUBEADM_ARGS="${args}"\n` });
const extra = (args: string) => ({ "/etc/default/kubelet": `KUBELET_EXTRA_ARGS=${args}\n` });

interface Machine {
  readonly files?: Readonly<Record<string, string>>;
  readonly configuration?: Readonly<Record<string, JsonValue>>;
  readonly runtimeDriver?: HiddenCgroupDriver;
  /** Of the kubelet that is installed. */
  readonly byDefault?: boolean;
}

async function told({ files = {}, configuration = {}, runtimeDriver, byDefault = true }: Machine) {
  const all = memoryFiles({ "/proc/swaps": heading, ...v2, ...files }, { clock: memoryClock(), uid: 0 });
  const flags = await readKubeletFlags(all);
  const kubelet = {
    configuration: { cgroupDriver: "systemd", ...configuration },
    flags,
    runtimeDriver,
    refusesCgroupV1: async () => byDefault,
  };
  return kubeletObstacles(kubelet, all);
}

describe("what keeps a kubelet from starting", () => {
  it.each<[what: string, machine: Machine]>([
    ["no swap and cgroup v2", {}],
    ["swap that the configuration tolerates", { files: swapOn, configuration: { failSwapOn: false } }],
    ["swap that a flag tolerates", { files: { ...swapOn, ...flagsOf("--v=2 --fail-swap-on=false") } }],
    ["swap that a flag of the administrator tolerates", { files: { ...swapOn, ...extra('"--fail-swap-on=false"') } }],
    ["settings in a place that is not looked at", { files: { ...swapOn, ...extra("--config-dir=/etc/kubelet.d") } }],
    ["version 1 that the configuration tolerates", { files: v1, configuration: { failCgroupV1: false } }],
    ["version 1 that a flag tolerates", { files: { ...v1, ...flagsOf("--fail-cgroupv1=false") } }],
    ["cgroup v1 and a kubelet that accepts it", { files: v1, byDefault: false }],
    ["a machine that shows neither", { files: { "/proc/swaps": "", "/proc/mounts": "" } }],
    ["drivers that are the same", { runtimeDriver: "systemd" }],
  ])("is not %s", async (_what, machine) => {
    expect(await told(machine)).toEqual([]);
  });

  it.each<[what: string, machine: Machine, words: string[]]>([
    [
      "swap, by default",
      { files: swapOn },
      ["swap is on (/dev/sda2, /swap.img), and failSwapOn is true by default", "swapoff -a", "set failSwapOn: false"],
    ],
    ["swap, by its configuration", { files: swapOn, configuration: { failSwapOn: true } }, ["failSwapOn is true."]],
    [
      "swap, by a flag that wins over its configuration",
      { files: { ...swapOn, ...flagsOf("--fail-swap-on=true") }, configuration: { failSwapOn: false } },
      ["--fail-swap-on=true in /var/lib/kubelet/kubeadm-flags.env", "or remove --fail-swap-on=true in"],
    ],
    [
      "swap, by the last of several flags",
      { files: { ...swapOn, ...flagsOf("--fail-swap-on=false"), ...extra("--fail_swap_on") } },
      ["--fail-swap-on=true in /etc/default/kubelet"],
    ],
    [
      "cgroup v1, by default",
      { files: v1 },
      ["cgroup v1, and failCgroupV1 is true by default", "set failCgroupV1: false", "--patches"],
    ],
    [
      "cgroup v1, by its configuration",
      { files: v1, configuration: { failCgroupV1: true }, byDefault: false },
      ["failCgroupV1 is true."],
    ],
    [
      "LimitedSwap on cgroup v1",
      {
        files: { ...v1, ...swapOn },
        configuration: { failCgroupV1: false, failSwapOn: false, memorySwap: { swapBehavior: "LimitedSwap" } },
      },
      ["swapBehavior is LimitedSwap", "set NoSwap"],
    ],
    [
      "a runtime with another cgroup driver",
      { runtimeDriver: "cgroupfs" },
      ["the cgroup driver cgroupfs, the kubelet will use systemd", "set `SystemdCgroup = true`"],
    ],
    [
      "a kubelet with another cgroup driver than the runtime's",
      { runtimeDriver: "systemd", configuration: { cgroupDriver: "cgroupfs" } },
      ["the cgroup driver systemd, the kubelet will use cgroupfs", "no Pod will start", "set cgroupDriver: systemd"],
    ],
    [
      "a flag with another cgroup driver than the runtime's",
      { runtimeDriver: "systemd", files: flagsOf("--cgroup-driver=cgroupfs") },
      ["remove --cgroup-driver=cgroupfs in /var/lib/kubelet/kubeadm-flags.env"],
    ],
  ])("is %s", async (_what, machine, words) => {
    const found = await told(machine);
    expect(found).toHaveLength(1);
    for (const each of words) expect(found[0]).toContain(each);
  });
});
