import { orElse } from "../../async/or-else.ts";
import { foreignText } from "../../errors/printable-text.ts";
import { parseBool } from "../../go/bool.ts";
import { FileError } from "../../host/file-error.ts";
import type { Files } from "../../host/host.ts";
import { defined } from "../../values/defined.ts";
import type { KubeletConfiguration } from "./kubelet-configuration.ts";
import type { KubeletFlag, KubeletFlags } from "./kubelet-flags.ts";

/** The driver of a container runtime that the kubelet cannot ask; the kubelet then uses its own configuration. */
export type HiddenCgroupDriver = "systemd" | "cgroupfs";

export interface KubeletToStart {
  /** Content of config.yaml, patches included. */
  readonly configuration: KubeletConfiguration;
  readonly flags: KubeletFlags;
  /**
   * Undefined if the runtime reports its driver to the kubelet, which wins over all configuration, or if it is unknown.
   */
  readonly runtimeDriver: HiddenCgroupDriver | undefined;
  /** Reports whether a kubelet of this version refuses cgroup v1 by default. */
  readonly refusesCgroupV1: () => Promise<boolean>;
}

const byPatch =
  "in the KubeletConfiguration of the cluster, or in a patch of the target kubeletconfiguration (--patches)";

/** What keeps the kubelet, or any Pod, from starting. */
export interface KubeletObstacle {
  readonly subject: "cgroup-version" | "swap" | "cgroup-driver";
  /** Begins with a small letter and has no full stop. */
  readonly finding: string;
  readonly remedy: string;
}

/** Returns the obstacles as messages, each with what to do. */
export async function kubeletObstacles(kubelet: KubeletToStart, files: Pick<Files, "readText">): Promise<string[]> {
  return (await findKubeletObstacles(kubelet, files)).map(({ finding, remedy }) => `${finding}. ${remedy}`);
}

/**
 * Returns why this kubelet, or any Pod, will not start on this machine. Reported before the kubelet starts, so that
 * nobody has to read its log. Reports only what is certain.
 */
export async function findKubeletObstacles(
  kubelet: KubeletToStart,
  files: Pick<Files, "readText">,
): Promise<readonly KubeletObstacle[]> {
  const { flags } = kubelet;
  // Either flag names configuration that is not read here.
  if (flags.find("config") !== undefined || flags.find("config-dir") !== undefined) return [];
  const [devices, version] = await Promise.all([swapDevices(files), cgroupVersion(files)]);
  const found = [
    version === "v1" ? await cgroupVersionRefusal(kubelet) : undefined,
    devices.length > 0 ? swapRefusal(kubelet, devices, version) : undefined,
    driverMismatch(kubelet),
  ];
  return found.filter((each) => each !== undefined);
}

interface Setting {
  readonly value: unknown;
  /** "failSwapOn is true by default" */
  readonly words: string;
  readonly flag?: KubeletFlag;
}

/** Returns the effective value of a boolean setting: the flag, then the configuration, then the kubelet's default. */
function truth(
  { configuration, flags }: KubeletToStart,
  { field, flag: name, byDefault }: { readonly field: string; readonly flag: string; readonly byDefault: boolean },
): Setting {
  const flag = flags.find(name);
  const given = flag === undefined ? undefined : parseBool(flag.value);
  if (flag !== undefined && given !== undefined) return { value: given, words: flagWords(flag), flag };
  const configured = configuration[field];
  if (typeof configured !== "boolean") return { value: byDefault, words: `${field} is ${byDefault} by default` };
  return { value: configured, words: `${field} is ${configured}` };
}

function flagWords({ name, value, path }: KubeletFlag): string {
  return foreignText(`--${name}=${value} in ${path}`);
}

function remove({ flag }: Setting, otherwise: string): string {
  return flag === undefined ? otherwise : `remove ${flagWords(flag)}`;
}

async function cgroupVersionRefusal(kubelet: KubeletToStart): Promise<KubeletObstacle | undefined> {
  const { configuration, refusesCgroupV1 } = kubelet;
  const names = { field: "failCgroupV1", flag: "fail-cgroupv1" };
  const known = truth(kubelet, { ...names, byDefault: false });
  const isSet = known.flag !== undefined || typeof configuration[names.field] === "boolean";
  const setting = isSet ? known : truth(kubelet, { ...names, byDefault: await refusesCgroupV1() });
  if (setting.value !== true) return undefined;
  return {
    subject: "cgroup-version",
    finding: `the kubelet will not start: this machine uses cgroup v1, and ${setting.words}`,
    remedy:
      "Boot it with cgroup v2 (systemd.unified_cgroup_hierarchy=1 on the kernel's command line), or " +
      `${remove(setting, `set failCgroupV1: false ${byPatch}`)}.`,
  };
}

function swapRefusal(
  kubelet: KubeletToStart,
  devices: readonly string[],
  version: "v1" | "v2" | undefined,
): KubeletObstacle | undefined {
  const setting = truth(kubelet, { field: "failSwapOn", flag: "fail-swap-on", byDefault: true });
  const off = "Turn it off with `swapoff -a`, and permanently in /etc/fstab or the systemd unit";
  const list = foreignText(devices.join(", "));
  if (setting.value === true) {
    const tolerate = remove(setting, `set failSwapOn: false ${byPatch}`);
    return {
      subject: "swap",
      finding: `the kubelet will not start: swap is on (${list}), and ${setting.words}`,
      remedy: `${off}; or ${tolerate}.`,
    };
  }
  const memorySwap = kubelet.configuration["memorySwap"];
  const behavior =
    typeof memorySwap === "object" && memorySwap !== null && "swapBehavior" in memorySwap
      ? memorySwap["swapBehavior"]
      : "";
  if (version !== "v1" || behavior !== "LimitedSwap") return undefined;
  return {
    subject: "cgroup-version",
    finding:
      "the kubelet will not start: memorySwap.swapBehavior is LimitedSwap, which needs cgroup v2, and this machine " +
      "uses cgroup v1",
    remedy: `Boot it with cgroup v2, or set NoSwap ${byPatch}.`,
  };
}

function driverMismatch(kubelet: KubeletToStart): KubeletObstacle | undefined {
  const { configuration, flags, runtimeDriver } = kubelet;
  const flag = flags.find("cgroup-driver");
  const driver = flag?.value ?? configuration["cgroupDriver"] ?? "cgroupfs";
  if (runtimeDriver === undefined || driver === runtimeDriver || (driver !== "systemd" && driver !== "cgroupfs"))
    return undefined;
  const source = flag === undefined ? "cgroupDriver of its configuration" : flagWords(flag);
  const consequence =
    runtimeDriver === "systemd" ? "no Pod will start" : "Pods will run outside their limits and be killed at random";
  const remedy =
    runtimeDriver === "systemd"
      ? remove({ value: driver, words: "", ...defined({ flag }) }, `set cgroupDriver: systemd ${byPatch}`)
      : "set `SystemdCgroup = true` for runc in /etc/containerd/config.toml and run `systemctl restart containerd`";
  return {
    subject: "cgroup-driver",
    finding: `the container runtime uses the cgroup driver ${runtimeDriver}, the kubelet will use ${driver} (${source}): ${consequence}`,
    remedy: `To correct it, ${remedy}; from containerd 2.0 on the kubelet asks the runtime.`,
  };
}

/** Returns the active swap devices; the first line of the file is a heading. */
export async function swapDevices(files: Pick<Files, "readText">): Promise<readonly string[]> {
  return (await activeSwap(files)).map(({ device }) => device);
}

export interface ActiveSwap {
  readonly device: string;
  /** As the administrator has set it; undefined if the kernel has chosen it (swapon(2)). */
  readonly priority?: number;
}

/** The swap that is active, by /proc/swaps: none if the file cannot be read. */
export async function activeSwap(files: Pick<Files, "readText">): Promise<readonly ActiveSwap[]> {
  const [, ...lines] = (await textOf("/proc/swaps", files)).trim().split("\n");
  return lines.map((line) => {
    const [device = "", _type, _size, _used, priority = ""] = line.split(/\s+/);
    return { device, ...(/^\d+$/.test(priority) ? { priority: Number(priority) } : {}) };
  });
}

/**
 * Returns the cgroup version as the kubelet determines it: v2 if /sys/fs/cgroup is a cgroup2 file system; undefined if
 * nothing is mounted.
 */
async function cgroupVersion(files: Pick<Files, "readText">): Promise<"v1" | "v2" | undefined> {
  const mounts = (await textOf("/proc/mounts", files)).split("\n").map((line) => line.split(" "));
  const type = mounts.findLast(([, path]) => path === "/sys/fs/cgroup")?.[2];
  if (type === undefined) return undefined;
  return type === "cgroup2" ? "v2" : "v1";
}

async function textOf(path: string, files: Pick<Files, "readText">): Promise<string> {
  return orElse("", FileError, () => files.readText(path));
}
