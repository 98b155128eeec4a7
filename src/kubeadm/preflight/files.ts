import { orElse } from "../../async/or-else.ts";
import { remedyBefore } from "../../errors/decision.ts";
import { FileError } from "../../host/file-error.ts";
import { isSeen, mayExist } from "../../host/presence.ts";
import { defined } from "../../values/defined.ts";
import { mayHoldMember } from "../etcd/may-hold-member.ts";
import {
  type Check,
  checkName,
  type Look,
  type PreflightPorts,
  type Problem,
  passed,
  problem,
  type Severity,
} from "./check.ts";
import type { Leftover } from "./leftovers.ts";

/** The path must not exist. */
export function fileAvailable(path: string, leftovers: Look<readonly Leftover[]>): Check {
  return {
    name: checkName("FileAvailable", path),
    severity: "error",
    run: async (ports, signal) => {
      if (!(await isSeen(path, ports.files))) return passed;
      const [first, ...others] = await leftovers(ports, signal);
      // One remedy is enough for all files of an earlier run.
      const remedy = first?.path === path ? await leftoverRemedy([first, ...others], ports) : undefined;
      return problem(`${path} already exists`, defined({ remedy }));
    },
  };
}

async function leftoverRemedy(leftovers: readonly Leftover[], { files }: PreflightPorts): Promise<string> {
  const list = leftovers.map(({ path, age }) => `${path} (${age} old)`).join(", ");
  return `Left by an earlier init or join: ${list}. ${await remedyOfMember(files)}`;
}

/** What to do about a machine that belongs to a cluster already, or seems to. */
export async function remedyOfMember(files: PreflightPorts["files"]): Promise<string> {
  const first = "If this machine belongs to a cluster, `kubeadm doctor` shows its state.";
  if (await mayHoldMember(files)) {
    return `${first} It may hold etcd's only data: before it leaves that cluster, another control plane must have it.`;
  }
  return remedyBefore(first, {
    id: "member-of-a-cluster",
    proof: { decided: "this machine should leave that cluster" },
    act: "run 'kubeadm reset' first",
    lost: "its data from that cluster",
  });
}

/** The directory must be missing or empty. */
export function directoryAvailable(path: string): Check {
  return {
    name: checkName("DirAvailable", path),
    severity: "error",
    run: async ({ files }) => {
      if (!(await mayExist(path, files))) return passed;
      try {
        return (await files.list(path)).length === 0 ? passed : problem(`${path} is not empty`, emptyRemedy(path));
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        // Upstream's wording for a file in the directory's place.
        if (error.code === "not-a-directory") return problem(`${path} is not empty`);
        return problem(`unable to check if ${path} is empty: ${error.message}`);
      }
    },
  };
}

function emptyRemedy(path: string): { readonly remedy: string } {
  const whose = "It may contain the data of an etcd member, even of a running one.";
  return { remedy: `${whose} If no etcd is running on this machine, move ${path} away, which keeps the data.` };
}

/** The file must exist; the check has the given name. */
export function fileExists(path: string, name: string): Check {
  return {
    name,
    severity: "error",
    run: async ({ files }) => ((await isSeen(path, files)) ? passed : problem(`${path} doesn't exist`)),
  };
}

/** What makes the kernel forward packets, and pass those between bridged Pods through iptables. */
export const forwardingSettings = {
  IPv4: { forwarding: "net.ipv4.ip_forward", bridge: "net.bridge.bridge-nf-call-iptables" },
  IPv6: { forwarding: "net.ipv6.conf.default.forwarding", bridge: "net.bridge.bridge-nf-call-ip6tables" },
} as const;

/** Packets of an address family must be forwarded, or Pods cannot reach each other. */
function forwarding(family: keyof typeof forwardingSettings): Check {
  const { forwarding: setting, bridge: bridgeSetting } = forwardingSettings[family];
  const path = settingPath(setting);
  return {
    name: checkName("FileContent", path),
    severity: "error",
    run: async ({ files }) => {
      const found = await settingText(files, path);
      if (found?.startsWith("1")) return passed;
      const message = found === undefined ? `${path} does not exist` : `${path} contents are not set to 1`;
      const advice = `'sysctl -w ${setting}=1' sets it now; the line '${setting} = 1' in ${settingsFile} keeps it.`;
      const bridge = await settingText(files, settingPath(bridgeSetting));
      return problem(message, {
        remedy: bridge?.startsWith("1") ? advice : `${advice} ${bridgeRemedy(bridgeSetting)}`,
      });
    },
  };
}

/** Where an administrator keeps the kernel's parameters that Kubernetes needs. */
export const settingsFile = "/etc/sysctl.d/99-kubernetes.conf";

/** Returns the file that shows a parameter of the kernel. */
export function settingPath(setting: string): string {
  return `/proc/sys/${setting.replaceAll(".", "/")}`;
}

/** Returns undefined if the setting does not exist or cannot be read. */
export async function settingText(
  files: Pick<PreflightPorts["files"], "readText">,
  path: string,
): Promise<string | undefined> {
  return orElse(undefined, FileError, () => files.readText(path, { maxBytes: 4096 }));
}

/**
 * Part of the remedy for forwarding, because a user sets it in the same files. It is not a separate finding: network
 * add-ons that route or use eBPF, such as Calico and Cilium, have no bridge and do not need it.
 */
function bridgeRemedy(setting: string): string {
  return (
    "A network add-on that connects Pods to a Linux bridge, such as Flannel, also needs the module br_netfilter: " +
    "'modprobe br_netfilter' loads it now, the line 'br_netfilter' in /etc/modules-load.d/kubernetes.conf at each boot; " +
    `then set ${setting} to 1 in the same two ways.`
  );
}

export const forwardsIpv4 = forwarding("IPv4");
export const forwardsIpv6 = forwarding("IPv6");

/** The program must be in PATH. */
export function programInPath(program: string): Check {
  const remedy = `Install the package that contains ${program}, or add its directory to PATH.`;
  return inPath(program, { severity: "error", remedy });
}

/** The program should be in PATH. `suggestion`, in upstream's words, says what brings it. */
export function programWanted(program: string, suggestion: string): Check {
  return inPath(program, { severity: "warning", suggestion });
}

function inPath(
  program: string,
  { severity, ...advice }: { readonly severity: Severity } & Pick<Problem, "suggestion" | "remedy">,
): Check {
  return {
    name: checkName("FileExisting", program),
    severity,
    run: async ({ commands }) => {
      if ((await commands.find(program)) !== undefined) return passed;
      return problem(`${program} not found in system path`, advice);
    },
  };
}
