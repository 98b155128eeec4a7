import { describe, expect, it } from "vitest";
import { defaultRoutes } from "./default-routes.ts";

const ipv4 = (...lines: string[]) =>
  ["Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT", ...lines, ""].join("\n");

const zeros = "0".repeat(32);

const table: readonly {
  readonly title: string;
  readonly family: "IPv4" | "IPv6";
  readonly text: string;
  readonly interfaces: readonly string[];
}[] = [
  {
    title: "the default route's interface, other routes do not count",
    family: "IPv4",
    text: ipv4(
      "eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0",
      "docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0",
    ),
    interfaces: ["eth0"],
  },
  {
    title: "several, the lowest metric first, equal ones as the kernel lists them, each once",
    family: "IPv4",
    text: ipv4(
      "wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0",
      "eth1\t00000000\t0102A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0",
      "eth0\t00000000\t0103A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0",
      "eth1\t00000000\t0104A8C0\t0003\t0\t0\t700\t00000000\t0\t0\t0",
    ),
    interfaces: ["eth1", "eth0", "wlan0"],
  },
  {
    title: "a route that is not up does not count",
    family: "IPv4",
    text: ipv4("eth0\t00000000\t0101A8C0\t0002\t0\t0\t0\t00000000\t0\t0\t0"),
    interfaces: [],
  },
  {
    title: "0.0.0.0/1 is no default route",
    family: "IPv4",
    text: ipv4("tun0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000080\t0\t0\t0"),
    interfaces: [],
  },
  { title: "no routes at all", family: "IPv4", text: "", interfaces: [] },
  {
    title: "IPv6: metrics are hexadecimal, the unreachable route on lo does not count",
    family: "IPv6",
    text: [
      `${zeros} 00 ${zeros} 00 fe800000000000000000000000000001 00000400 00000003 00000000 00000003     eth0`,
      `${zeros} 00 ${zeros} 00 fe800000000000000000000000000002 00000064 00000003 00000000 00000003     eth1`,
      `${zeros} 00 ${zeros} 00 ${zeros} ffffffff 00000001 00000000 00200200       lo`,
      `fe800000000000000000000000000000 40 ${zeros} 00 ${zeros} 00000100 00000001 00000000 00000001     eth2`,
      "",
    ].join("\n"),
    interfaces: ["eth1", "eth0"],
  },
];

describe("default routes", () => {
  for (const { title, family, text, interfaces } of table) {
    it(title, () => {
      expect(defaultRoutes(family, text)).toEqual(interfaces);
    });
  }
});
