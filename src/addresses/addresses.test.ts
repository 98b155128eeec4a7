import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cidrContains, parseCidr } from "./cidr.ts";
import { formatIp, parseIp } from "./ip-address.ts";

describe("addresses", () => {
  it("are read as the runtime's own URL parser reads them", () => {
    fc.assert(
      fc.property(fc.ipV6(), fc.ipV4(), (v6, v4) => {
        expect(parseIp(v6)).toEqual(parseIp(new URL(`http://[${v6}]`).hostname.slice(1, -1)));
        expect(parseIp(v4)?.bytes.join(".")).toBe(v4);
        expect(parseIp(`::ffff:${v4}`)).toEqual(parseIp(v4));
      }),
    );
  });

  it.each(["", "1.2.3", "1.2.3.256", "1::2::3", ":::", "1:2:3:4:5:6:7:8:9", "12345::", "fe80::1%eth0", "::1.2.3.4:5"])(
    "are not found in %j",
    (text) => {
      expect(parseIp(text)).toBeUndefined();
    },
  );

  it("lie in every block that is made of them", () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({ min: 0, max: 32 }), (address, length) => {
        const [cidr, ip] = [parseCidr(`${address}/${length}`), parseIp(address)];
        expect(cidr !== undefined && ip !== undefined && cidrContains(cidr, ip)).toBe(true);
      }),
    );
  });

  it.each(["10.0.0.0", "10.0.0.0/33", "10.0.0.0/-1", "/8", "fd00::/129"])("%s is no block", (text) => {
    expect(parseCidr(text)).toBeUndefined();
  });

  it.each([
    ["010.02.003.4/24", "10.2.3.0/24"],
    ["10.1.2.3/032", "10.1.2.3/32"],
    ["2001:db8::1:2/64", "2001:db8::/64"],
    ["::ffff:10.1.2.3/104", "10.0.0.0/8"],
    ["::ffff:10.1.2.3/96", "0.0.0.0/0"],
    ["::ffff:10.1.2.3/88", "::ff00:0:0/88"],
    ["::ffff:10.1.2.3/24", "::/24"],
  ])("the block of %s is %s, as Go has it", (text, expected) => {
    const cidr = parseCidr(text);
    expect(cidr && `${formatIp(cidr.network)}/${cidr.prefixLength}`).toBe(expected);
  });

  it("has the mask that is written, of IPv4 in IPv6 notation too", () => {
    expect(parseCidr("::ffff:10.0.0.0/112")).toMatchObject({ prefixLength: 16, maskLength: 112 });
  });

  it("may have zeros before the digits of IPv4, which count for nothing", () => {
    expect(parseIp("010.02.003.4")).toEqual(parseIp("10.2.3.4"));
  });
});
