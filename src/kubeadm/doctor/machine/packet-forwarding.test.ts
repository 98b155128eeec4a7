import { describe, expect, it } from "vitest";
import { examinationPorts } from "../../../../test/fixtures/kubeadm/doctor/examination.ts";
import type { InterfaceAddress } from "../../../host/host.ts";
import type { SeedEntry } from "../../../host/memory/files.ts";
import { memoryHost } from "../../../host/memory.ts";
import { examinationOf } from "../examination.ts";
import type { DoctorFix } from "../fix/fix.ts";
import { runDoctorChecks } from "../run-checks.ts";
import { packetForwarding } from "./packet-forwarding.ts";

const kernel = "/proc/sys/net";
const forwards = (four: string, six: string) => ({
  [`${kernel}/ipv4/ip_forward`]: `${four}\n`,
  [`${kernel}/ipv6/conf/default/forwarding`]: `${six}\n`,
});
const bridges = (four: string, six: string) => ({
  [`${kernel}/bridge/bridge-nf-call-iptables`]: `${four}\n`,
  [`${kernel}/bridge/bridge-nf-call-ip6tables`]: `${six}\n`,
});
const plugin = (type: string, file = "10-net.conflist") => ({
  [`/etc/cni/net.d/${file}`]: JSON.stringify({ plugins: [{ type, ipam: { type: "host-local" } }] }),
});
const address = (family: "IPv4" | "IPv6", text: string): InterfaceAddress => ({
  interface: "eth0",
  address: text,
  family,
  internal: false,
});
const ipv4 = address("IPv4", "192.0.2.21");
const ipv6 = address("IPv6", "2001:db8::21");
const linkLocal = address("IPv6", "fe80::1");

async function findingsOf(addresses: readonly InterfaceAddress[], files: Readonly<Record<string, SeedEntry>>) {
  const host = memoryHost({ files, network: { addresses }, clock: { automatic: true } });
  const results = await runDoctorChecks([packetForwarding], examinationOf(examinationPorts(host)));
  return results.flatMap(({ findings }) => findings);
}

interface Row {
  readonly what: string;
  readonly addresses: readonly InterfaceAddress[];
  readonly files: Readonly<Record<string, SeedEntry>>;
  /** The parameters that are found to be 0. */
  readonly finds: readonly string[];
}

const rows: readonly Row[] = [
  { what: "packets are forwarded", addresses: [ipv4], files: forwards("1", "0"), finds: [] },
  { what: "IPv4 is not forwarded", addresses: [ipv4], files: forwards("0", "0"), finds: ["net.ipv4.ip_forward"] },
  { what: "IPv4 counts with IPv6", addresses: [ipv6, ipv4], files: forwards("1", "0"), finds: [] },
  {
    what: "IPv6 alone is not forwarded",
    addresses: [ipv6],
    files: forwards("0", "0"),
    finds: ["net.ipv6.conf.default.forwarding"],
  },
  {
    what: "a machine without any address is not one of IPv6",
    addresses: [],
    files: forwards("0", "0"),
    finds: ["net.ipv4.ip_forward"],
  },
  {
    what: "a link-local address does not make it one of IPv6",
    addresses: [linkLocal],
    files: forwards("1", "0"),
    finds: [],
  },
  {
    what: "iptables does not see the packets of a bridge",
    addresses: [ipv4],
    files: { ...bridges("0", "1"), ...plugin("bridge") },
    finds: ["net.bridge.bridge-nf-call-iptables"],
  },
  {
    what: "nor those of the bridge of Flannel, with IPv6",
    addresses: [ipv6],
    files: { ...bridges("1", "0"), ...plugin("flannel") },
    finds: ["net.bridge.bridge-nf-call-ip6tables"],
  },
  {
    what: "an add-on without a bridge does not need it",
    addresses: [ipv4],
    files: { ...bridges("0", "0"), ...plugin("calico"), ...plugin("bridge", "99-unused.conflist") },
    finds: [],
  },
  { what: "without an add-on it is not known yet", addresses: [ipv4], files: bridges("0", "0"), finds: [] },
];

describe("packet-forwarding", () => {
  it.each(rows)("$what", async ({ addresses, files, finds }) => {
    const findings = await findingsOf(addresses, files);
    expect(findings.map(({ commands: [first] = [] }) => first)).toEqual(finds.map((name) => `sysctl -w ${name}=1`));
    for (const [index, { finding, fix, evidence }] of findings.entries()) {
      const name = finds[index] ?? "";
      expect(finding).toContain(`(${name} is 0)`);
      expect(evidence).toEqual([`/proc/sys/${name.replaceAll(".", "/")}: 0`]);
      expect(fix?.steps[0]).toEqual({ kind: "set-kernel-parameter", name, value: "1" });
    }
  });

  const settings = "/etc/sysctl.d/99-kubernetes.conf";
  const keeps: readonly (readonly [string, SeedEntry | undefined, string | undefined])[] = [
    ["creates the file of settings", undefined, "net.ipv4.ip_forward = 1\n"],
    ["keeps the lines that are there", "vm.swappiness = 0", "vm.swappiness = 0\nnet.ipv4.ip_forward = 1\n"],
    ["does not touch what it cannot read", { kind: "directory" }, undefined],
  ];

  it.each(keeps)("its fix %s", async (_what, entry, content) => {
    const files = { ...forwards("0", "0"), ...(entry === undefined ? {} : { [settings]: entry }) };
    const [finding] = await findingsOf([ipv4], files);
    const steps: DoctorFix["steps"] = finding?.fix?.steps ?? [];
    expect(steps.filter(({ kind }) => kind === "write-file")).toEqual(
      content === undefined ? [] : [{ kind: "write-file", path: settings, content, mode: 0o644 }],
    );
  });
});
