import { expect, test } from "vitest";
import { bridgePort, hardwareAddress, hostPodSubnet, nextHostAddress, planAddresses } from "./addresses.ts";

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
