import { describe, expect, it } from "vitest";
import { bareMachine, nodeWith } from "../../../../test/fixtures/kubeadm/control-plane/control-plane-node.ts";
import { examinationPorts } from "../../../../test/fixtures/kubeadm/doctor/examination.ts";
import { writeYaml } from "../../../go/yaml/write-yaml.ts";
import type { CommandScript } from "../../../host/memory/commands.ts";
import type { SeedEntry } from "../../../host/memory/files.ts";
import { memoryHost } from "../../../host/memory.ts";
import { apiServerPod } from "../../control-plane/api-server-pod.ts";
import type { CheckOutcome } from "../check.ts";
import { examinationOf } from "../examination.ts";
import { firewall } from "./firewall.ts";
import { blockingRules } from "./packet-filter.ts";

interface Machine {
  readonly commands?: Readonly<Record<string, CommandScript>>;
  readonly files?: Readonly<Record<string, SeedEntry>>;
  readonly uid?: number;
}

async function outcome({ commands = {}, files = {}, uid = 0 }: Machine): Promise<CheckOutcome> {
  const empty = { stdout: "" };
  const host = memoryHost({
    files,
    commands: { iptables: empty, ip6tables: empty, ...commands },
    services: { firewalld: { exists: true, state: "active" } },
    network: { defaultRoutes: { IPv4: ["eth0"] } },
    machine: { uid },
  });
  return firewall.look(examinationOf(examinationPorts(host)));
}

/** The output of firewall-cmd for a zone with eth0. */
function zone(fields: Readonly<Record<string, string>>, name = "public"): string {
  const all = { target: "default", interfaces: "eth0", sources: "", services: "", ports: "", ...fields };
  const lines = Object.entries(all).map(([field, value]) => `  ${field}: ${value}`);
  return `${name} (active)\n${lines.join("\n")}\n`;
}

function firewallCmd(zones: readonly string[], services: Readonly<Record<string, string>> = {}): CommandScript {
  return ({ argv: [, option = ""] }) => {
    if (option === "--list-all-zones") return { stdout: zones.join("\n") };
    if (option === "--get-default-zone") return { stdout: "public\n" };
    const ports = services[option.replace("--info-service=", "")];
    return ports === undefined
      ? { exitCode: 101 }
      : { stdout: `x\n  ports: ${ports}\n  protocols: \n  source-ports: \n` };
  };
}

/** Files of a control plane whose etcd is elsewhere, and whose API server listens at another port than usual. */
const externalEtcd = (() => {
  const etcd = { external: { endpoints: ["https://192.0.2.50:2379"] } };
  const node = nodeWith({ etcd }, { localAPIEndpoint: { advertiseAddress: "192.0.2.10", bindPort: 8443 } });
  return { "/etc/kubernetes/manifests/kube-apiserver.yaml": writeYaml(apiServerPod(node, bareMachine)) };
})();

describe("firewalld", () => {
  it.each<readonly [string, readonly string[], Readonly<Record<string, string>>]>([
    ["a zone with the port", [zone({ ports: "22/tcp 10000-11000/tcp" })], {}],
    ["a zone with a service of the port", [zone({ services: "ssh kubelet" })], { ssh: "22/tcp", kubelet: "10250/tcp" }],
    ["a zone that lets everything in", [zone({ target: "ACCEPT" })], {}],
    [
      "a zone of the nodes' addresses",
      [zone({}), zone({ interfaces: "", sources: "192.0.2.0/24", target: "ACCEPT" }, "nodes")],
      {},
    ],
    [
      "a rich rule for the port",
      [
        `${zone({})}  rich rules: \n\trule family="ipv4" source address="192.0.2.0/24" port port="10250" protocol="tcp" accept\n`,
      ],
      {},
    ],
  ])("%s lets other nodes in", async (_title, zones, services) => {
    expect(await outcome({ commands: { "firewall-cmd": firewallCmd(zones, services) } })).toEqual({ state: "ok" });
  });

  it.each<readonly [string, readonly string[]]>([
    ["only UDP is open", [zone({ ports: "10250/udp" })]],
    ["the services have other ports", [zone({ services: "ssh" })]],
    [
      "only the zone of another interface lets everything in",
      [zone({}), zone({ target: "ACCEPT", interfaces: "docker0" }, "docker")],
    ],
    ["the default zone of an interface without zone is closed", [zone({ interfaces: "" })]],
    [
      "a rich rule is about another port",
      [`${zone({})}  rich rules: \n\trule family="ipv4" port port="22" protocol="tcp" accept\n`],
    ],
  ])("the port of the kubelet is not open: %s", async (_title, zones) => {
    const found = await outcome({ commands: { "firewall-cmd": firewallCmd(zones, { ssh: "22/tcp" }) } });
    expect(found).toMatchObject({
      state: "found",
      findings: [
        {
          severity: "warning",
          finding: expect.stringMatching(/zone public does not let 10250\/tcp in/),
          commands: ["firewall-cmd --permanent --zone=public --add-port=10250/tcp", "firewall-cmd --reload"],
        },
      ],
    });
  });

  it("a control plane needs the port of its API server, and those of etcd only if it runs one", async () => {
    const found = await outcome({ files: externalEtcd, commands: { "firewall-cmd": firewallCmd([zone({})]) } });
    expect(JSON.stringify(found)).toContain("does not let 8443/tcp, 10250/tcp in");
  });

  it("a name of a zone cannot add a command", async () => {
    const zones = [zone({}, "x;rm")];
    const found = await outcome({ commands: { "firewall-cmd": firewallCmd(zones) } });
    expect(JSON.stringify(found)).toContain("--zone='x;rm' ");
  });

  it.each([
    ["without root, the check needs root", 1000, "needs root: the packet filter is not readable"],
    ["root learns that firewall-cmd does not respond", 0, "firewalld is active, but firewall-cmd does not respond"],
  ])("no answer is no finding: %s", async (_title, uid, reason) => {
    const commands = { "firewall-cmd": { exitCode: 253, stdout: "", stderr: "Authorization failed." } };
    expect(await outcome({ commands, uid })).toEqual({ state: "skipped", reason });
  });
});

describe("a rule of iptables", () => {
  it.each([
    ["-A INPUT -p tcp -m tcp --dport 6443 -j DROP"],
    ["-A INPUT -p tcp -m multiport --dports 22,6443 -j REJECT --reject-with icmp-port-unreachable"],
    ['-A INPUT -p tcp -m tcp --dport 6000:7000 -m comment --comment "no; -s x" -j DROP'],
    ["-A INPUT -m state --state ESTABLISHED -j ACCEPT\n-A INPUT -p tcp -m tcp --dport 6443 -j DROP"],
    ["-A INPUT -i lo -j ACCEPT\n-A INPUT -p tcp -m tcp --dport 6443 -j DROP"],
  ])("blocks the port: %s", (list) => {
    expect(blockingRules(list, [6443])).toHaveLength(1);
  });

  it.each([
    [
      "-A INPUT -p tcp -m tcp --dport 6443 -m connlimit --connlimit-above 100 --connlimit-mask 32 --connlimit-saddr -j REJECT",
    ],
    [
      "-A INPUT -p tcp -m tcp --dport 6443 -m hashlimit --hashlimit-above 50/sec --hashlimit-burst 5 --hashlimit-name api -j DROP",
    ],
    [
      "-A INPUT -p tcp -m tcp --dport 6443 -m recent --update --seconds 60 --hitcount 20 --name DEFAULT --rsource -j DROP",
    ],
    ["-A OUTPUT -p tcp -m tcp --dport 6443 -m owner --uid-owner 1000 -j REJECT"],
    ["-A INPUT -p tcp -m tcp --dport 6443 --tcp-flags FIN,SYN,RST,ACK FIN,SYN -j DROP"],
    ["-A INPUT -p tcp -m tcp --dport 6443 --tcp-flags SYN,ACK SYN -m limit --limit 1/sec -j DROP"],
    ["-A INPUT -p tcp -m tcp --dport 6443 ! --syn -m conntrack --ctstate NEW -j DROP"],
    ['-A INPUT -p tcp -m tcp --dport 6443 -m string --string "GET /" --algo bm --to 65535 -j DROP'],
    ["-A INPUT -s 198.51.100.0/24 -p tcp -m tcp --dport 6443 -j DROP"],
    ["-A INPUT ! -i eth0 -p tcp -m tcp --dport 6443 -j DROP"],
    ["-A INPUT -p udp -m udp --dport 6443 -j DROP"],
    ["-A INPUT -j DROP"],
    ["-A INPUT -s 192.0.2.0/24 -p tcp -m tcp --dport 6443 -j ACCEPT\n-A INPUT -p tcp -m tcp --dport 6443 -j DROP"],
    ["-A INPUT -s 192.0.2.0/24 -j ACCEPT\n-A INPUT -p tcp -m tcp --dport 6443 -j DROP"],
    ["-A INPUT -j ACCEPT\n-A INPUT -p tcp -m tcp --dport 6443 -j DROP"],
  ])("does not block the port for everyone: %s", (list) => {
    expect(blockingRules(list, [6443])).toEqual([]);
  });

  it("is removed by a command in which its comment is one word", async () => {
    const rule = '-A INPUT -p tcp -m tcp --dport 10250 -m comment --comment "x; rm -rf $(id) \\"y\\"" -j DROP';
    const found = await outcome({
      commands: {
        "firewall-cmd": firewallCmd([zone({ target: "ACCEPT" })]),
        iptables: ({ argv }) => ({ stdout: argv.includes("INPUT") ? rule : "" }),
      },
    });
    expect(found).toMatchObject({
      findings: [
        {
          commands: [
            `iptables -D INPUT -p tcp -m tcp --dport 10250 -m comment --comment 'x; rm -rf $(id) "y"' -j DROP`,
          ],
        },
      ],
    });
  });
});
