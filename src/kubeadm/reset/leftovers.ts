import { orElse, unlessAborted } from "../../async/or-else.ts";
import type { Leftover } from "../../events/event.ts";
import { FileError } from "../../host/file-error.ts";
import { CommandError, type Commands, type Files, type Machine } from "../../host/host.ts";
import { isSeen } from "../../host/presence.ts";
import { counted } from "../../values/counted.ts";
import { shell } from "../../values/shell.ts";
import { fixRecordPath } from "../doctor/fix/fix-record.ts";

export interface LeftoverPorts {
  readonly files: Pick<Files, "list" | "readText" | "status">;
  readonly commands: Commands;
  readonly machine: Pick<Machine, "environment">;
  readonly signal: AbortSignal;
}

type Probe = (ports: LeftoverPorts) => Promise<readonly Leftover[]>;

/**
 * Finds what clusters leave on a machine besides kubeadm's files, and what a reset keeps because it may have other
 * users. Only reads; what cannot be read is not reported.
 */
export async function findLeftovers(ports: LeftoverPorts): Promise<readonly Leftover[]> {
  const found = await Promise.all(probes.map((probe) => probe(ports)));
  return found.flat();
}

const cniDirectory = "/etc/cni/net.d";

const cniConfiguration: Probe = async ({ files }) => {
  const paths = (await namesIn(cniDirectory, files)).map((name) => `${cniDirectory}/${name}`);
  if (paths.length === 0) return [];
  return [{ what: `CNI configuration: ${paths.join(", ")}`, command: shell`rm -rf ${paths}` }];
};

/** Names of network interfaces that network add-ons and kube-proxy create. */
const interfaceOfCluster =
  /^(cni\d*|flannel[.\w-]*|cali\w+|vxlan(-v6)?\.calico|cilium_\w+|lxc[0-9a-f]+|kube-ipvs0|kube-bridge|nodelocaldns|weave|antrea-\w+|genev_sys_\d+|ovn-k8s-\w+)$/;

const interfaces: Probe = async ({ files }) => {
  const names = (await namesIn("/sys/class/net", files)).filter((name) => interfaceOfCluster.test(name));
  return names.map((name) => ({ what: `network interface ${name}`, command: shell`ip link delete ${name}` }));
};

const prefixesOfChains = ["KUBE-", "CNI-", "FLANNEL-", "cali-", "CILIUM_"];

/** Finds iptables rules of one IP family: lines that name a chain of Kubernetes, a network add-on or kube-proxy. */
function packetFilter(family: "" | "6"): Probe {
  const [save, restore] = [`ip${family}tables-save`, `ip${family}tables-restore`];
  return async (ports) => {
    const lines = (await outputOf([save], ports)).split("\n");
    const prefixes = prefixesOfChains.filter((prefix) => lines.some((line) => line.includes(prefix)));
    if (prefixes.length === 0) return [];
    const count = lines.filter((line) => prefixes.some((prefix) => line.includes(prefix))).length;
    return [
      {
        what: `${counted(count, "line", "lines")} of ip${family}tables rules with ${prefixes.map((prefix) => `${prefix}*`).join(", ")}`,
        command: shell`${save} | grep -v -E ${prefixes.join("|")} | ${restore}`,
      },
    ];
  };
}

/** Finds kube-proxy's tables of its nftables mode. */
const nftables: Probe = async (ports) => {
  const tables = [...(await outputOf(["nft", "list", "tables"], ports)).matchAll(/^table (\w+) (kube-proxy)$/gm)];
  return tables.map(([, family = "", name = ""]) => ({
    what: `nftables table ${family} ${name}`,
    command: shell`nft delete table ${family} ${name}`,
  }));
};

const virtualServices: Probe = async ({ files }) => {
  const table = await textOf("/proc/net/ip_vs", files);
  const count = table.split("\n").filter((line) => /^(TCP|UDP|SCTP|FWM) /.test(line)).length;
  if (count === 0) return [];
  return [
    {
      what: `${counted(count, "IPVS virtual service", "IPVS virtual services")}, of any program`,
      command: shell`ipvsadm --clear`,
    },
  ];
};

/** Finds kubeconfigs of root, and of the user who ran sudo. */
const kubeconfigs: Probe = async ({ files, machine }) => {
  const homes = new Set([machine.environment["HOME"] ?? "/root"]);
  const user = machine.environment["SUDO_USER"];
  const entry = (await textOf("/etc/passwd", files)).split("\n").find((line) => line.startsWith(`${user}:`));
  const home = entry?.split(":")[5];
  if (home !== undefined && home !== "") homes.add(home);
  const found: Leftover[] = [];
  for (const each of homes) {
    const path = `${each.replace(/\/+$/, "")}/.kube/config`;
    if (await isSeen(path, files)) found.push({ what: `kubeconfig ${path}`, command: shell`rm ${path}` });
  }
  return found;
};

/** A reset does not take back what doctor has changed: it is not the work of init or join. */
const fixesOfDoctor: Probe = async ({ files }) => {
  if (!(await isSeen(fixRecordPath, files))) return [];
  return [
    { what: `changes by kubeadm doctor --fix, recorded in ${fixRecordPath}`, command: shell`kubeadm doctor --undo` },
  ];
};

const probes: readonly Probe[] = [
  cniConfiguration,
  interfaces,
  packetFilter(""),
  packetFilter("6"),
  nftables,
  virtualServices,
  kubeconfigs,
  fixesOfDoctor,
];

/** Timeout of one command, in milliseconds. */
const lookTimeoutMs = 5_000;

/** Returns the output of a program; empty if it is missing or fails. */
async function outputOf(
  argv: readonly [string, ...string[]],
  { commands, signal }: Pick<LeftoverPorts, "commands" | "signal">,
): Promise<string> {
  if ((await commands.find(argv[0])) === undefined) return "";
  return orElse("", unlessAborted(signal, CommandError), async () => {
    const { exitCode, stdout } = await commands.run(argv, { signal, timeoutMs: lookTimeoutMs, readOnly: true });
    return exitCode === 0 ? stdout : "";
  });
}

async function namesIn(directory: string, files: Pick<Files, "list">): Promise<readonly string[]> {
  return orElse([], FileError, () => files.list(directory));
}

async function textOf(path: string, files: Pick<Files, "readText">): Promise<string> {
  return orElse("", FileError, () => files.readText(path));
}
