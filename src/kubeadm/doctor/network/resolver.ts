import { parseIp } from "../../../addresses/ip-address.ts";
import { orElse } from "../../../async/or-else.ts";
import { throwIfAborted } from "../../../async/signal.ts";
import { isMissing } from "../../../host/file-error.ts";
import { type Files, NetworkError } from "../../../host/host.ts";
import { shell } from "../../../values/shell.ts";
import { type DoctorCheck, type DoctorFinding, found } from "../check.ts";
import { kubeletConfiguration } from "../facts/kubelet.ts";
import { nodeName } from "../facts/node-name.ts";

const usualPath = "/etc/resolv.conf";
/** The machine's own name is in /etc/hosts or in a DNS server nearby. */
const lookupMs = 1_500;

export const resolver: DoctorCheck = {
  name: "resolver",
  group: "network",
  title: "The node's DNS resolver works and is usable by Pods",
  look: async (examination) => {
    const { files, once } = examination;
    const configured = await once(kubeletConfiguration);
    const forPods = configured.state === "loaded" ? configured.configuration["resolvConf"] : undefined;
    const path = typeof forPods === "string" && forPods !== "" ? forPods : usualPath;
    const [own, pods] = await Promise.all([resolverFindings(usualPath, files), podFindings(path, files)]);
    return found([...own, ...pods, ...(await nameFindings(examination))]);
  },
};

async function resolverFindings(path: string, files: Pick<Files, "readText">): Promise<readonly DoctorFinding[]> {
  const text = await textOf(path, files);
  if (text === undefined) {
    const finding = `${path} does not exist: names resolve only by /etc/hosts or by a server on this machine.`;
    const remedy = "Write it with the addresses of the DNS servers, or start the service that does (systemd-resolved).";
    return [{ severity: "warning", finding, remedy, commands: [shell`ls -l ${path}`] }];
  }
  const invalid = nameservers(text).filter((each) => parseIp(each.replace(/%.*$/, "")) === undefined);
  if (invalid.length === 0) return [];
  return [
    {
      severity: "warning",
      finding: `${path} names servers that are not IP addresses: ${invalid.join(", ")}.`,
      remedy: "Replace them with IP addresses: resolvers don't look up names here.",
      commands: [shell`cat ${path}`],
    },
  ];
}

/** The kubelet copies the file for every Pod whose DNS is that of the node, such as CoreDNS. */
async function podFindings(path: string, files: Pick<Files, "readText">): Promise<readonly DoctorFinding[]> {
  const text = await textOf(path, files);
  if (text === undefined && path === usualPath) return [];
  if (text === undefined) {
    return [
      {
        severity: "error",
        finding: `The kubelet's resolvConf ${path} does not exist: no Pod starts on this node.`,
        remedy:
          "Start the service that writes it (systemd-resolved), or correct resolvConf in the kubelet's configuration.",
        commands: [shell`systemctl enable --now systemd-resolved`, shell`grep resolvConf /var/lib/kubelet/config.yaml`],
      },
    ];
  }
  const servers = nameservers(text);
  const looping = servers.filter((each) => each === "::1" || each.startsWith("127."));
  if (looping.length === 0 || looping.length < servers.length) return [];
  return [
    {
      severity: "warning",
      finding: `${path}, which Pods use, names only ${looping.join(" and ")}, which is the Pod itself: CoreDNS detects a loop and exits.`,
      remedy:
        "Set resolvConf in the kubelet's configuration to a file with the real servers, as /run/systemd/resolve/resolv.conf.",
      commands: [shell`cat ${path}`],
    },
  ];
}

async function nameFindings({
  network,
  once,
  signal,
}: Parameters<DoctorCheck["look"]>[0]): Promise<readonly DoctorFinding[]> {
  const name = await once(nodeName);
  const late = AbortSignal.timeout(lookupMs);
  const commands = [shell`getent hosts ${name}`, shell`cat /etc/resolv.conf`];
  try {
    await network.lookup(name, AbortSignal.any([signal, late]));
    return [];
  } catch (error) {
    throwIfAborted(signal);
    if (late.aborted) {
      const finding = `The resolver did not respond within ${lookupMs / 1000} s when asked for this machine's own name ${name}.`;
      const remedy = "The DNS servers of this machine do not respond: correct them, or the route to them.";
      return [{ severity: "warning", finding, remedy, commands }];
    }
    if (!(error instanceof NetworkError)) throw error;
    // Preflight warns of it too: the kubelet manages without.
    return [
      {
        severity: "warning",
        finding: `The machine's own name ${name} does not resolve: ${error.message}`,
        remedy: `Add ${name} to DNS or to /etc/hosts.`,
        commands,
      },
    ];
  }
}

function nameservers(text: string): readonly string[] {
  return [...text.matchAll(/^[ \t]*nameserver[ \t]+(\S+)/gm)].map(([, address = ""]) => address);
}

async function textOf(path: string, files: Pick<Files, "readText">): Promise<string | undefined> {
  return orElse(undefined, isMissing, () => files.readText(path));
}
