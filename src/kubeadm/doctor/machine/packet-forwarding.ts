import { isGlobalUnicast, parseIp } from "../../../addresses/ip-address.ts";
import { FileError } from "../../../host/file-error.ts";
import type { Files, Network } from "../../../host/host.ts";
import { shell } from "../../../values/shell.ts";
import { forwardingSettings, settingPath, settingsFile, settingText } from "../../preflight/files.ts";
import { type DoctorCheck, type DoctorFinding, found, skipped } from "../check.ts";
import { type CniConfiguration, cniConfigurations } from "../facts/cni-configurations.ts";
import type { FixStep } from "../fix/fix.ts";

export const packetForwarding: DoctorCheck = {
  name: "packet-forwarding",
  group: "machine",
  title: "The kernel forwards packets of Pods",
  look: async ({ files, network, once }) => {
    const { forwarding, bridge } = forwardingSettings[familyOf(network)];
    const [forwarded, filtered] = await Promise.all([settingOf(forwarding, files), settingOf(bridge, files)]);
    const findings: DoctorFinding[] = [];
    if (forwarded === "0") findings.push(await notForwarding(forwarding, files));
    // Add-ons that route packets, or handle them by eBPF, do not need it.
    if (filtered === "0" && usesBridge(await once(cniConfigurations))) findings.push(notFiltered(bridge));
    if (findings.length === 0 && forwarded === undefined) return skipped(`the kernel does not show ${forwarding}`);
    return found(findings);
  },
};

/** IPv6 only if this machine has no IPv4 address, but one of IPv6 that others can reach. */
function familyOf(network: Pick<Network, "addresses">): "IPv4" | "IPv6" {
  const reachable = network.addresses().filter(({ address }) => {
    const ip = parseIp(address);
    return ip !== undefined && isGlobalUnicast(ip);
  });
  const has = (wanted: "IPv4" | "IPv6") => reachable.some(({ family }) => family === wanted);
  return has("IPv6") && !has("IPv4") ? "IPv6" : "IPv4";
}

/** Without its kernel module a parameter does not exist: the plugins that need it load the module. */
async function settingOf(name: string, files: Pick<Files, "readText">): Promise<string | undefined> {
  return (await settingText(files, settingPath(name)))?.trim();
}

async function notForwarding(name: string, files: Pick<Files, "readText">): Promise<DoctorFinding> {
  const line = `${name} = 1`;
  const content = await settingsWith(line, files);
  const now: FixStep = { kind: "set-kernel-parameter", name, value: "1" };
  const atBoot: readonly FixStep[] =
    content === undefined ? [] : [{ kind: "write-file", path: settingsFile, content, mode: 0o644 }];
  return {
    severity: "error",
    finding: `The kernel does not forward packets (${name} is 0): Pods on this node can't communicate.`,
    evidence: [`${settingPath(name)}: 0`],
    remedy: "Enable forwarding, now and at boot.",
    commands: [shell`sysctl -w ${name}=1`, shell`echo ${line} >> ${settingsFile}`],
    fix: {
      what: `turn packet forwarding on, now${atBoot.length === 0 ? "" : " and at boot"} (${name})`,
      steps: [now, ...atBoot],
    },
  };
}

/** Returns the settings file with one more line, as the last line counts; undefined if what is in it cannot be read. */
async function settingsWith(line: string, files: Pick<Files, "readText">): Promise<string | undefined> {
  try {
    const text = await files.readText(settingsFile, { maxBytes: 65_536 });
    return `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${line}\n`;
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return error.code === "not-found" ? `${line}\n` : undefined;
  }
}

/** Plugins that connect Pods to a Linux bridge, or delegate to one that does. */
const bridgePlugins: ReadonlySet<string> = new Set(["bridge", "flannel", "weave-net"]);

function usesBridge([used]: readonly CniConfiguration[]): boolean {
  return used?.plugins.some((name) => bridgePlugins.has(name)) ?? false;
}

function notFiltered(name: string): DoctorFinding {
  return {
    severity: "warning",
    finding: `Packets between bridged Pods bypass iptables (${name} is 0): Services may fail.`,
    evidence: [`${settingPath(name)}: 0`],
    commands: [shell`sysctl -w ${name}=1`],
    fix: {
      what: `let packets between bridged Pods pass through iptables (${name})`,
      steps: [{ kind: "set-kernel-parameter", name, value: "1" }],
    },
  };
}
