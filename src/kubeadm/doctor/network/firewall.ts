import { orElse } from "../../../async/or-else.ts";
import { CommandError } from "../../../host/host.ts";
import { part, type ShellPart, shell } from "../../../values/shell.ts";
import { etcdClientPort, etcdPeerPort, kubeletPort } from "../../component-ports.ts";
import { defaultBindPort } from "../../config/join/join-configuration.ts";
import { type DoctorCheck, type DoctorFinding, found, needsRootFor, skipped } from "../check.ts";
import type { Examination } from "../examination.ts";
import { controlPlane, localApiEndpoint } from "../facts/control-plane.ts";
import { endpoint } from "../facts/endpoint.ts";
import { firewalldZones, hasPort, opensPort, servicePorts, zonesOfNodes } from "./firewalld.ts";
import { blockingRules } from "./packet-filter.ts";

export const firewall: DoctorCheck = {
  name: "firewall",
  group: "network",
  title: "This machine's firewall allows the ports that a node needs",
  look: async (examination) => {
    const ports = await nodePorts(examination);
    const [byService, byRules] = await Promise.all([
      firewalldFindings(ports, examination),
      ruleFindings(ports, examination),
    ]);
    const findings = [...(byService ?? []), ...byRules];
    if (findings.length > 0) return found(findings);
    if (examination.machine.uid !== 0) return needsRootFor("the packet filter");
    return byService === undefined ? skipped("firewalld is active, but firewall-cmd does not respond") : found([]);
  },
};

/** Returns the ports that other nodes connect to. */
async function nodePorts({ once }: Examination): Promise<readonly number[]> {
  const plane = await once(controlPlane);
  if (plane === undefined) return [kubeletPort];
  const apiPort = (await once(localApiEndpoint))?.bindPort ?? defaultBindPort;
  return [apiPort, ...(plane.hasLocalEtcd ? [etcdClientPort, etcdPeerPort] : []), kubeletPort];
}

/** Returns a finding for ports that firewalld blocks; undefined if firewalld is running and cannot be queried. */
async function firewalldFindings(
  ports: readonly number[],
  examination: Examination,
): Promise<readonly DoctorFinding[] | undefined> {
  const { services, network, signal } = examination;
  if ((await services.manager()) === "none") return [];
  const { exists, state } = await services.status("firewalld", signal);
  if (!exists || state !== "active") return [];
  const [zoneList, defaultZone, ...interfaces] = await Promise.all([
    output(["firewall-cmd", "--list-all-zones"], examination),
    output(["firewall-cmd", "--get-default-zone"], examination),
    network.defaultRouteInterfaces("IPv4"),
    network.defaultRouteInterfaces("IPv6"),
  ]);
  if (zoneList === undefined || defaultZone === undefined) return undefined;
  const zones = zonesOfNodes(firewalldZones(zoneList), interfaces.flat(), defaultZone.trim());
  const [zone] = zones;
  const unopened = ports.filter((port) => !zones.some((each) => opensPort(each, port)));
  if (zone === undefined || unopened.length === 0) return [];
  const names = [...new Set(zones.flatMap((each) => each.services))];
  const described = await Promise.all(
    names.map((name) => output(["firewall-cmd", `--info-service=${name}`], examination)),
  );
  if (described.includes(undefined)) return undefined;
  const opened = described.flatMap((text) => servicePorts(text ?? ""));
  const closed = unopened.filter((port) => !hasPort(opened, port));
  if (closed.length === 0) return [];
  return [
    {
      severity: "warning",
      finding: `firewalld is active, and its zone ${zone.name} does not let ${closed.map((port) => `${port}/tcp`).join(", ")} in: other nodes may be blocked.`,
      evidence: zones.map(
        (each) => `zone ${each.name}: services ${each.services.join(" ")}; ports ${each.ports.join(" ")}`,
      ),
      commands: [
        shell`firewall-cmd --permanent --zone=${zone.name} ${closed.map((port) => part`--add-port=${port}/tcp`)}`,
        shell`firewall-cmd --reload`,
      ],
    },
  ];
}

/** Rules that close a port of this node, or the one of the API server, for everyone. */
async function ruleFindings(ports: readonly number[], examination: Examination): Promise<readonly DoctorFinding[]> {
  const { machine, once } = examination;
  if (machine.uid !== 0) return [];
  const place = await once(endpoint);
  const chains = [
    { chain: "INPUT", ports },
    { chain: "OUTPUT", ports: place === undefined ? [] : [place.port] },
  ];
  const programs = ["iptables", "ip6tables"];
  const found = await Promise.all(
    programs.flatMap((program) =>
      chains.map(async ({ chain, ports: closed }) => {
        const list = await output([program, "-w", "1", "-S", chain], examination);
        return blockingRules(list ?? "", closed).map((blocking) => ({ ...blocking, program, chain }));
      }),
    ),
  );
  return found.flat().map(({ rule, words, port, program, chain }) => ({
    severity: "error",
    finding: `The packet filter of this machine blocks ${chain === "INPUT" ? "its port" : "the API server's port"} ${port}: ${rule}`,
    evidence: [`${program} -S ${chain}: ${rule}`],
    remedy: "Remove the rule, or allow the nodes of the cluster before it.",
    commands: [shell`${program} -D ${words.slice(1).map(wordOfRule)}`],
  }));
}

/** iptables prints the options of a rule as words, and has taken each as what it was when the rule was made. */
function wordOfRule(word: string): string | ShellPart {
  return word.startsWith("-") ? part`-${word.slice(1)}` : word;
}

/** Two commands, one after the other, end before the deadline of the check. */
const commandTimeoutMs = 1_100;

async function output(
  argv: readonly [string, ...string[]],
  { commands, signal }: Pick<Examination, "commands" | "signal">,
): Promise<string | undefined> {
  return orElse(undefined, CommandError, async () => {
    const { exitCode, stdout } = await commands.run(argv, { signal, timeoutMs: commandTimeoutMs, readOnly: true });
    return exitCode === 0 ? stdout : undefined;
  });
}
