import { expect, test } from "vitest";
import {
  bridgePort,
  hardwareAddress,
  hostAddresses,
  hostPodSubnet,
  joinHostPort,
  nextHostAddress,
  planAddresses,
} from "./addresses.ts";

test("the first host gets .10 and a freed address is given out again", () => {
  const plan = planAddresses();
  expect(nextHostAddress(plan, [])).toBe("192.0.2.10");
  expect(nextHostAddress(plan, ["192.0.2.10", "192.0.2.12"])).toBe("192.0.2.11");
});

test("a full range is an error that names it", () => {
  const plan = planAddresses("198.51.100.0/24");
  const all = Array.from({ length: 241 }, (_, index) => `198.51.100.${10 + index}`);
  expect(() => nextHostAddress(plan, all)).toThrow("no free address left in 198.51.100.0/24");
});

test.each(["192.0.2.0/16", "192.0.2.1/24", "300.0.2.0/24", "::/64"])("%s is no subnet for hosts", (subnet) => {
  expect(() => planAddresses(subnet)).toThrow("has to be a /24");
});

test("pod subnet, hardware address and bridge port follow from the address", () => {
  expect(hostPodSubnet("192.0.2.15")).toBe("10.244.15.0/24");
  expect(hardwareAddress("192.0.2.15")).toBe("02:00:c0:00:02:0f");
  expect(bridgePort("192.0.2.15")).toBe("host15");
});

test("a host of two families has the same number in both", () => {
  const plan = planAddresses(undefined, "dual");
  expect(nextHostAddress(plan, ["192.0.2.10"])).toBe("192.0.2.11");
  expect(hostAddresses(plan, "192.0.2.11")).toEqual(["192.0.2.11", "2001:db8::11"]);
});

test("a host without IPv4 has its number, pods and port anyway", () => {
  const plan = planAddresses(undefined, "ipv6");
  const address = nextHostAddress(plan, ["2001:db8::10"]);
  expect(address).toBe("2001:db8::11");
  expect(hostAddresses(plan, address)).toEqual([address]);
  expect(hostPodSubnet(address)).toBe("fd00:10:244:11::/64");
  expect(hardwareAddress(address)).toBe("02:00:00:00:00:0b");
  expect(bridgePort(address)).toBe("host11");
  expect(joinHostPort(address, 6443)).toBe("[2001:db8::11]:6443");
});
