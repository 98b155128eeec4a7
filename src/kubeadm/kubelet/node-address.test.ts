import { describe, expect, test } from "vitest";
import type { InterfaceAddress } from "../../host/host.ts";
import { memoryHost } from "../../host/memory.ts";
import { type NodeToRegister, nodeAddressProblem } from "./node-address.ts";

const loopback = at("lo", "127.0.0.1");
const nat = at("eth0", "10.0.2.15");
const lan = at("eth1", "192.168.56.11");
const six = at("eth0", "2001:db8::15");

function at(name: string, address: string): InterfaceAddress {
  const family = address.includes(":") ? "IPv6" : "IPv4";
  return { interface: name, address, family, internal: name === "lo" };
}

interface Setting {
  readonly addresses: readonly InterfaceAddress[];
  readonly routes?: Readonly<Partial<Record<"IPv4" | "IPv6", readonly string[]>>>;
  readonly names?: Readonly<Record<string, readonly string[]>>;
  readonly sources?: Readonly<Record<string, string>>;
  readonly arguments?: Readonly<Record<string, string>>;
  readonly node?: Partial<NodeToRegister>;
}

const eth0 = { IPv4: ["eth0"], IPv6: ["eth0"] };
/** The API server is on the second interface's network, as with machines of Vagrant. */
const onLan = { sources: { "192.168.56.10": lan.address } };

async function problem({ addresses, routes = eth0, names = {}, sources = {}, ...setting }: Setting) {
  const network = { addresses: [loopback, ...addresses], defaultRoutes: routes, names, sources };
  const host = memoryHost({ network });
  const node: NodeToRegister = {
    name: "w1",
    kubeletArguments: Object.entries(setting.arguments ?? {}).map(([name, value]) => ({ name, value })),
    podSubnet: "10.244.0.0/16",
    serviceSubnet: "10.96.0.0/12",
    reference: { server: "https://192.168.56.10:6443" },
    ...setting.node,
  };
  return nodeAddressProblem(node, { network: host.network, signal: new AbortController().signal });
}

const remedy = (value: string) => `to [{name: node-ip, value: "${value}"}]`;

const wrong: readonly (readonly [string, Setting, readonly string[]])[] = [
  [
    "that the default route gives it, while the API server is reached from another interface",
    { addresses: [nat, lan], ...onLan },
    [
      "the kubelet will register its Node with 10.0.2.15 (eth0), the address of the default route",
      "this machine reaches the API server https://192.168.56.10:6443 from 192.168.56.11 (eth1)",
      remedy("192.168.56.11"),
      "--node-ip=192.168.56.11",
    ],
  ],
  [
    "that its name gives it, while the API server is reached from another interface",
    { addresses: [lan, nat], names: { w1: ["10.0.2.15"] }, routes: { IPv4: ["eth1"] }, ...onLan },
    ["10.0.2.15 (eth0), the address that its name resolves to", remedy("192.168.56.11")],
  ],
  [
    "of another interface than a control plane advertises",
    { addresses: [nat, lan], node: { reference: { advertised: "192.168.56.11" } } },
    ["the API server of this machine advertises 192.168.56.11 (eth1)", remedy("192.168.56.11")],
  ],
  [
    "of IPv4 in a cluster of IPv6, and names one that fits",
    { addresses: [nat, six], node: { podSubnet: "fd00:1::/48", serviceSubnet: "fd00:2::/108" } },
    ["10.0.2.15 (eth0)", "Pod and Service networks are IPv6", remedy("2001:db8::15")],
  ],
  [
    "of IPv4 in a cluster of IPv6, where the machine has no other",
    { addresses: [nat], node: { podSubnet: "fd00:1::/48", serviceSubnet: "fd00:2::/108" } },
    ["this machine has no IPv6 address", "`ip -brief address`"],
  ],
  [
    "of one family in a cluster of both",
    { addresses: [nat, six], node: { podSubnet: "10.244.0.0/16,fd00:1::/48" } },
    [
      "10.0.2.15 (eth0)",
      "the networks of the cluster are IPv4 and IPv6",
      "2001:db8::15",
      remedy("10.0.2.15,2001:db8::15"),
    ],
  ],
  [
    "that it cannot find, without a default route",
    { addresses: [lan], routes: {}, ...onLan },
    ["w1 does not resolve to an address of this machine, and there is no default route", remedy("192.168.56.11")],
  ],
  [
    "that is not the machine's, but --node-ip says so",
    { addresses: [nat], arguments: { "node-ip": "192.0.2.77" } },
    ["192.0.2.77 is not an address of this machine", "`ip -brief address`"],
  ],
  [
    "that is not one, but --node-ip says so",
    { addresses: [nat], arguments: { "node-ip": "eth0" } },
    ['"eth0" is not an IP address, so the kubelet ignores it'],
  ],
  [
    "of the loopback interface, as --node-ip says",
    { addresses: [nat], arguments: { "node-ip": "127.0.0.1" } },
    ["127.0.0.1 is a loopback"],
  ],
  [
    "and a second one of the same family, as --node-ip says",
    { addresses: [nat, lan], arguments: { "node-ip": "10.0.2.15,192.168.56.11" } },
    ["one IPv4 and one IPv6 address, and does not start"],
  ],
  [
    "of the wrong family, as --node-ip says",
    { addresses: [nat, six], arguments: { "node-ip": "2001:db8::15" } },
    ["node-ip 2001:db8::15 of the kubelet's arguments is not of the cluster's family", remedy("10.0.2.15")],
  ],
];

describe("warns where the kubelet registers its Node with an address", () => {
  test.each(wrong)("%s", async (_what, setting, words) => {
    const message = await problem(setting);
    for (const part of words) expect(message).toContain(part);
  });
});

const right: readonly (readonly [string, Setting])[] = [
  ["with one interface, whatever lies between it and the API server", { addresses: [nat] }],
  [
    "whose API server is reached from the interface of the default route",
    { addresses: [nat, at("docker0", "172.17.0.1")] },
  ],
  [
    "whose name resolves to the address that reaches the API server",
    { addresses: [nat, lan], names: { w1: [lan.address] }, ...onLan },
  ],
  ["whose name resolves to the loopback interface, as on Debian", { addresses: [nat], names: { w1: ["127.0.1.1"] } }],
  [
    "whose name resolves to several of its addresses",
    { addresses: [nat, lan], names: { w1: [nat.address, lan.address] }, ...onLan },
  ],
  [
    "whose API server is on the machine itself",
    { addresses: [nat, lan], node: { reference: { server: "https://127.0.0.1:6443" } } },
  ],
  [
    "whose API server has an address of the machine",
    {
      addresses: [nat, lan],
      sources: { "192.168.56.11": lan.address },
      node: { reference: { server: "https://192.168.56.11:6443" } },
    },
  ],
  [
    "that advertises an address which is a NAT's",
    { addresses: [nat, lan], node: { reference: { advertised: "203.0.113.9" } } },
  ],
  [
    "with a second address on the same interface",
    { addresses: [nat, at("eth0", "10.0.2.100")], sources: { "192.168.56.10": "10.0.2.100" } },
  ],
  ["with --node-ip among its addresses", { addresses: [nat, lan], arguments: { "node-ip": lan.address }, ...onLan }],
  [
    "with --node-ip of both families",
    {
      addresses: [nat, six],
      arguments: { "node-ip": "10.0.2.15, 2001:db8::15" },
      node: { podSubnet: "10.244.0.0/16,fd00:1::/48" },
    },
  ],
  [
    "whose external cloud provider names the address",
    { addresses: [nat, lan], arguments: { "cloud-provider": "external" }, ...onLan },
  ],
  [
    "with --node-ip=:: in a cluster of IPv6",
    {
      addresses: [nat, six],
      arguments: { "node-ip": "::" },
      node: {
        podSubnet: "fd00:1::/48",
        serviceSubnet: "fd00:2::/108",
        reference: { server: "https://[2001:db8::1]:6443" },
      },
    },
  ],
  ["that is dual-stack in a cluster of IPv4", { addresses: [nat, six] }],
  ["without any address that could be the Node's", { addresses: [], routes: {} }],
];

describe("says nothing of a machine", () => {
  test.each(right)("%s", async (_what, setting) => {
    expect(await problem(setting)).toBeUndefined();
  });
});
