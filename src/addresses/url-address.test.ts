import { expect, it } from "vitest";
import { hostOf, portOf } from "./url-address.ts";

it.each([
  ["a name and a port", "https://api.example:6443", "api.example", 6443],
  ["the port of https, unless it names one", "https://api.example/", "api.example", 443],
  ["the port of http, unless it names one", "http://api.example", "api.example", 80],
  ["the port of its scheme, if it names that", "https://192.0.2.10:443", "192.0.2.10", 443],
  ["an IPv6 address without brackets", "https://[2001:db8::1]:6443", "2001:db8::1", 6443],
])("a URL has %s", (_what, text, host, port) => {
  const url = new URL(text);
  expect([hostOf(url), portOf(url)]).toEqual([host, port]);
});
