import { expect, test } from "vitest";
import { addressAt, isAddressIn } from "./subnet.ts";

test.each<[string, number, string]>([
  ["10.96.0.0/12", 1, "10.96.0.1"],
  ["10.96.0.0/12", 10, "10.96.0.10"],
  ["10.244.0.0/16", 256, "10.244.1.0"],
  ["fd00:10:96::/112", 10, "fd00:10:96::a"],
])("in %s the address number %i is %s", (cidr, index, address) => {
  expect(addressAt(cidr, index)).toBe(address);
});

test.each<[string, string, boolean]>([
  ["10.96.0.0/12", "10.111.255.255", true],
  ["10.96.0.0/12", "10.112.0.0", false],
  ["fd00::/64", "fd00::1", true],
  ["fd00::/64", "10.0.0.1", false],
])("%s contains %s: %s", (cidr, address, isIn) => {
  expect(isAddressIn(cidr, address)).toBe(isIn);
});
