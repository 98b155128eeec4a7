import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressAt, parseCidr } from "../../../addresses/cidr.ts";
import { formatIp, isGlobalUnicast, parseIp } from "../../../addresses/ip-address.ts";
import { Secret } from "../../../errors/secret.ts";
import { DurationError, formatDuration, parseDuration } from "../../../go/duration.ts";
import { joinHostPort, splitHostPort } from "../../../go/host-port.ts";
import { goQuote } from "../../../go/quote.ts";
import { parseGoUrl } from "../../../go/url.ts";
import { subdomainProblems } from "../../../kubernetes/dns-name.ts";
import { formatTaint } from "../../../kubernetes/taint.ts";
import { isBootstrapToken, parseBootstrapToken } from "./bootstrap-token.ts";
import { parseCaPin } from "./ca-pin.ts";

describe("bootstrap token", () => {
  it("falls apart into id and secret", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9]{6}$/), fc.stringMatching(/^[a-z0-9]{16}$/), (id, secret) => {
        const token = parseBootstrapToken(`${id}.${secret}`);
        expect(token.id).toBe(id);
        expect(token.secret.reveal()).toBe(secret);
      }),
    );
  });

  it.each([
    "",
    "abcdef",
    "abcdef.0123456789abcde",
    "abcdef.0123456789abcdeX",
    "abcdef.0123456789abcdef\n",
    "ABCDEF.0123456789abcdef",
  ])("is not %j", (text) => {
    expect(isBootstrapToken(text)).toBe(false);
    expect(() => parseBootstrapToken(new Secret(text))).toThrow("was not of the form");
  });

  it("is not shown when it is malformed by one character only", () => {
    expect(() => parseBootstrapToken("abcdef.0123456789abcdeX")).toThrow(
      'the bootstrap token "abcdef.[redacted]" was not of the form "\\\\A([a-z0-9]{6})\\\\.([a-z0-9]{16})\\\\z"',
    );
  });
});

describe("CA pin", () => {
  const digits = "aB".repeat(32);

  it("has one canonical form", () => {
    expect(parseCaPin(`SHA256:${digits}`)).toBe(`sha256:${digits.toLowerCase()}`);
  });

  it.each([
    [digits, 'invalid hash, expected "format:hex-value". Known format(s) are: sha256'],
    ["a:b:c", 'invalid hash, expected "format:hex-value". Known format(s) are: sha256'],
    ["md5:00", 'unknown hash format "md5". Known format(s) are: sha256'],
    ["sha256:zz", 'invalid hash "sha256:zz", expected a 32 byte SHA-256 hash, found 1 bytes'],
    [
      `sha256:${"z".repeat(64)}`,
      `invalid hash "sha256:${"z".repeat(64)}", could not decode SHA-256 from hex: encoding/hex: invalid byte: U+007A 'z'`,
    ],
  ])("refuses %s with upstream's words", (text, message) => {
    expect(() => parseCaPin(text)).toThrow(message);
  });
});

describe("host and port", () => {
  it.each([
    ["192.0.2.1:6443", "192.0.2.1", "6443"],
    ["[fd00::1]:6443", "fd00::1", "6443"],
    ["host:", "host", ""],
    [":1", "", "1"],
    ["host:port", "host", "port"],
  ])("are split in %s", (text, host, port) => {
    expect(splitHostPort(text)).toEqual({ host, port });
  });

  it.each([
    ["", "missing port in address"],
    ["192.0.2.1", "address 192.0.2.1: missing port in address"],
    ["::1:6443", "address ::1:6443: too many colons in address"],
    ["https://192.0.2.1:6443", "address https://192.0.2.1:6443: too many colons in address"],
    ["[::1]", "address [::1]: missing port in address"],
    ["[::1", "address [::1: missing ']' in address"],
    ["[::1]6443:1", "address [::1]6443:1: missing port in address"],
    ["a]:1", "address a]:1: unexpected ']' in address"],
    ["a[:1", "address a[:1: unexpected '[' in address"],
  ])("are refused in %j with Go's words", (text, message) => {
    expect(() => splitHostPort(text)).toThrow(message);
  });

  it("come together again", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain()), fc.nat(65_535), (host, port) => {
        expect(splitHostPort(joinHostPort(host, port))).toEqual({ host, port: String(port) });
      }),
    );
  });
});

describe("duration", () => {
  it.each([
    ["1h2m3.5s", 3_723_500],
    ["4m0s", 240_000],
    ["0", 0],
    ["-1.5h", -5_400_000],
    ["1us", 0.001],
    [".5s", 500],
    ["87600h0m0s", 315_360_000_000],
  ])("reads %s", (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  it.each([
    ["", 'time: invalid duration ""'],
    ["soon", 'time: invalid duration "soon"'],
    ["5", 'time: missing unit in duration "5"'],
    ["5x", 'time: unknown unit "x" in duration "5x"'],
    [".s", 'time: invalid duration ".s"'],
    ["9999999999h", 'time: invalid duration "9999999999h"'],
  ])("refuses %j with Go's words", (text, message) => {
    expect(() => parseDuration(text)).toThrow(new DurationError(message));
  });

  it.each([
    [0, "0s"],
    [240_000, "4m0s"],
    [501.4, "501.4ms"],
    [0.0015, "1.5\u00b5s"],
    [3_723_500, "1h2m3.5s"],
    [315_360_000_000, "87600h0m0s"],
    [-1_000, "-1s"],
  ])("prints %d ms as Go does", (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });

  it("reads what it prints", () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e12, max: 1e12 }), (milliseconds) => {
        expect(parseDuration(formatDuration(milliseconds))).toBe(milliseconds);
      }),
    );
  });
});

describe("goQuote", () => {
  it.each([
    ["plain", '"plain"'],
    ['"\\', '"\\"\\\\"'],
    ["a\tb\n\u0007", '"a\\tb\\n\\a"'],
    ["\u0001\u007f", '"\\x01\\x7f"'],
    ["\u00e9 \u65e5", '"\u00e9 \u65e5"'],
    ["\u00a0\u200b", '"\\u00a0\\u200b"'],
    ["\u{1f600}\u{e0001}", '"\u{1f600}\\U000e0001"'],
  ])("quotes %j as %%q does", (text, quoted) => {
    expect(goQuote(text)).toBe(quoted);
  });
});

describe("IP addresses", () => {
  it.each([
    ["192.0.2.1", "192.0.2.1"],
    ["010.0.0.01", "10.0.0.1"],
    ["2001:DB8::0:1", "2001:db8::1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::", "::"],
    ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
  ])("reads %s", (text, canonical) => {
    const ip = parseIp(text);
    expect(ip === undefined ? undefined : formatIp(ip)).toBe(canonical);
  });

  it.each([
    "",
    "1.2.3",
    "1.2.3.256",
    "1.2.3.4.5",
    ":::",
    "1::2::3",
    "g::",
    "1.2.3.4::",
    "1:2:3:4:5:6:7:8:9",
    "fe80::1%eth0",
  ])("refuses %j", (text) => {
    expect(parseIp(text)).toBeUndefined();
  });

  it("reads every address that it prints", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const ip = parseIp(text);
        expect(ip).toBeDefined();
        if (ip !== undefined) expect(parseIp(formatIp(ip))).toEqual(ip);
      }),
    );
  });

  it.each([
    ["10.0.0.1", true],
    ["127.0.0.1", false],
    ["169.254.1.1", false],
    ["224.0.0.1", false],
    ["255.255.255.255", false],
    ["0.0.0.0", false],
    ["fd00::1", true],
    ["fe80::1", false],
    ["ff02::1", false],
    ["::1", false],
  ])("says of %s whether others can reach it: %s", (text, expected) => {
    const ip = parseIp(text);
    expect(ip !== undefined && isGlobalUnicast(ip)).toBe(expected);
  });
});

describe("CIDR", () => {
  it.each([
    ["10.96.0.0/12", 10, "10.96.0.10"],
    ["10.96.5.6/12", 1, "10.96.0.1"],
    ["fd00::/108", 10, "fd00::a"],
    ["192.0.2.254/31", 2, undefined],
    ["192.0.0.0/16", 300, "192.0.1.44"],
  ])("of %s has %i as %s", (text, index, expected) => {
    const cidr = parseCidr(text);
    const address = cidr === undefined ? undefined : addressAt(cidr, index);
    expect(address === undefined ? undefined : formatIp(address)).toBe(expected);
  });

  it.each(["10.0.0.0", "10.0.0.0/33", "x/8", "10.0.0.0/-1", "10.0.0.0/"])("is not %s", (text) => {
    expect(parseCidr(text)).toBeUndefined();
  });
});

describe("names", () => {
  it.each(["a", "node-1", "a.b-c.d", "1.2"])("%s is a subdomain", (name) => {
    expect(subdomainProblems(name)).toEqual([]);
  });

  it.each(["", "A", "a_b", "-a", "a-", "a..b", ".a", "a".repeat(254)])("%j is none", (name) => {
    expect(subdomainProblems(name)).not.toEqual([]);
  });
});

describe("parseGoUrl", () => {
  it.each([
    ["https://192.0.2.1:6443/x", { scheme: "https", host: "192.0.2.1:6443", path: "/x" }],
    ["/etc/x.conf", { scheme: "", host: "", path: "/etc/x.conf" }],
    ["FILE:///a%20b", { scheme: "file", host: "", path: "/a b" }],
    ["unix:///run/x.sock", { scheme: "unix", host: "", path: "/run/x.sock" }],
    ["relative/path", { scheme: "", host: "", path: "relative/path" }],
    ["https://u:p@[::1]:1/", { scheme: "https", host: "[::1]:1", path: "/" }],
  ])("takes %s apart", (text, parts) => {
    expect(parseGoUrl(text)).toEqual(parts);
  });

  it.each([
    ["unix://%zz", 'parse "unix://%zz": invalid URL escape "%zz"'],
    ["unix://foo bar", 'parse "unix://foo bar": invalid character " " in host name'],
    [":x", 'parse ":x": missing protocol scheme'],
    ["a b:c", 'parse "a b:c": first path segment in URL cannot contain colon'],
    ["https://a:b", 'parse "https://a:b": invalid port ":b" after host'],
    ["https://[::1", "parse \"https://[::1\": missing ']' in host"],
  ])("refuses %s with Go's words", (text, message) => {
    expect(() => parseGoUrl(text)).toThrow(message);
  });
});

describe("formatTaint", () => {
  it.each([
    [{ key: "k", value: "v", effect: "NoSchedule" }, "k=v:NoSchedule"],
    [{ key: "k", effect: "NoExecute" }, "k:NoExecute"],
    [{ key: "k", effect: "" }, "k"],
  ])("prints %j", (taint, text) => {
    expect(formatTaint(taint)).toBe(text);
  });
});
