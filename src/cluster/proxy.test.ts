import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { proxyFor, proxyOfGoPrograms, proxyText } from "./proxy.ts";

const proxy = "http://proxy.example:3128";

function uses(url: string, environment: Record<string, string>): string | undefined {
  const found = proxyFor(new URL(url), environment);
  return found === undefined ? undefined : proxyText(found);
}

describe("the choice of a proxy", () => {
  it.each<[name: string, url: string, environment: Record<string, string>, expected: string | undefined]>([
    ["is none where nothing is set", "https://10.0.0.1:6443", {}, undefined],
    ["follows HTTPS_PROXY for https", "https://10.0.0.1:6443", { HTTPS_PROXY: proxy }, proxy],
    ["takes the lower-case name too", "https://10.0.0.1", { https_proxy: proxy }, proxy],
    ["prefers the upper-case name", "https://a.b", { HTTPS_PROXY: proxy, https_proxy: "http://other" }, proxy],
    ["takes an empty variable for an unset one", "https://a.b", { HTTPS_PROXY: "", https_proxy: proxy }, proxy],
    ["does not follow HTTP_PROXY for https", "https://10.0.0.1", { HTTP_PROXY: proxy }, undefined],
    ["follows HTTP_PROXY for http", "http://10.0.0.1", { HTTP_PROXY: proxy }, proxy],
    ["does not follow ALL_PROXY", "https://10.0.0.1", { ALL_PROXY: proxy }, undefined],
    ["reads host and port as an http proxy", "https://a.b", { HTTPS_PROXY: "10.9.8.7:3128" }, "http://10.9.8.7:3128"],
    ["reads a name and port as an http proxy", "https://a.b", { HTTPS_PROXY: "proxy:3128" }, "http://proxy:3128"],
    ["ignores what is no address at all", "https://a.b", { HTTPS_PROXY: "a b" }, undefined],
    ["never proxies localhost", "https://localhost:6443", { HTTPS_PROXY: proxy }, undefined],
    ["never proxies IPv4 loopback", "https://127.8.9.1:6443", { HTTPS_PROXY: proxy }, undefined],
    ["never proxies IPv6 loopback", "https://[::1]:6443", { HTTPS_PROXY: proxy }, undefined],
    [
      "hides what may be a password with a slash",
      "https://a.b",
      { HTTPS_PROXY: "http://me:sec/ret@proxy:1" },
      "http://http/xxxxx",
    ],
    [
      "hides what may be one with a question mark",
      "https://a.b",
      { HTTPS_PROXY: "http://me:s?ret@proxy:1" },
      "http://http/xxxxx",
    ],
    [
      "hides a password without a scheme",
      "https://a.b",
      { HTTPS_PROXY: "me:secret@proxy:1" },
      "http://me:xxxxx@proxy:1",
    ],
    [
      "hides a password with an at sign",
      "https://a.b",
      { HTTPS_PROXY: "http://me:se@cret@proxy:1" },
      "http://me:xxxxx@proxy:1",
    ],
    ["hides a password", "https://a.b", { HTTPS_PROXY: "http://me:secret@proxy:1" }, "http://me:xxxxx@proxy:1"],
  ])("%s", (_, url, environment, expected) => {
    expect(uses(url, environment)).toBe(expected);
  });

  it.each<[name: string, noProxy: string, url: string, isDirect: boolean]>([
    ["everything by a star", "a, *", "https://10.0.0.1", true],
    ["an address", "10.0.0.1", "https://10.0.0.1:6443", true],
    ["not another address", "10.0.0.1", "https://10.0.0.2:6443", false],
    ["an address with its port", "10.0.0.1:6443", "https://10.0.0.1:6443", true],
    ["not an address with another port", "10.0.0.1:6443", "https://10.0.0.1:443", false],
    ["the scheme's own port", "10.0.0.1:443", "https://10.0.0.1", true],
    ["a block", "10.0.0.0/8", "https://10.200.3.4:6443", true],
    ["not what lies outside a block", "10.0.0.0/9", "https://10.200.3.4:6443", false],
    ["no name by a block", "0.0.0.0/0", "https://a.example", false],
    ["an IPv6 block", "fd00::/8", "https://[fd12::1]:6443", true],
    ["an IPv6 address with a port", "[fd12::1]:6443", "https://[fd12::1]:6443", true],
    ["an IPv6 address in another spelling", "FD12:0:0::1", "https://[fd12::1]", true],
    ["a domain itself", "example.com", "https://example.com", true],
    ["a domain's subdomains", "example.com", "https://a.b.example.com", true],
    ["no domain that only ends alike", "example.com", "https://myexample.com", false],
    ["the subdomains after a dot", ".example.com", "https://a.example.com", true],
    ["not the domain itself after a dot", ".example.com", "https://example.com", false],
    ["the subdomains after a star", "*.example.com", "https://a.example.com", true],
    ["a domain with its port", "example.com:6443", "https://a.example.com:6443", true],
    ["not a domain with another port", "example.com:6443", "https://a.example.com", false],
    ["without regard to case and blanks", " Example.COM ,x", "https://EXAMPLE.com", true],
    ["an entry after empty ones", ",,a.b", "https://a.b", true],
    ["no address as a domain", ".0.1", "https://10.0.0.1", false],
  ])("excepts %s", (_, noProxy, url, isDirect) => {
    expect(uses(url, { HTTPS_PROXY: proxy, NO_PROXY: noProxy })).toBe(isDirect ? undefined : proxy);
  });

  it("never throws, whatever the variables hold", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (HTTPS_PROXY, NO_PROXY) => {
        proxyFor(new URL("https://10.0.0.1:6443"), { HTTPS_PROXY, NO_PROXY });
      }),
    );
  });

  it.each([
    ["a URL", "http://p:3128", "http://p:3128"],
    ["a host", "p:3128", "http://p:3128"],
    ["a port that there is not", "http://p:99999", "http://p:99999"],
    ["a port that is not one", "http://p:port", "http://http://p:port"],
    ["an address that does not end", "http://[::1", "http://http://[::1"],
    ["a URL without a host", "http://", "http://http://"],
    ["capitals", "http://PROXY.example", "http://PROXY.example"],
    ["a password", "http://u:secret@p:3128", "http://u:xxxxx@p:3128"],
    ["a password in what only Go reads", "http://u:secret@p:99999", "http://xxxxx@p:99999"],
    ["a password in what is no address", "u:secret@p:port", "u:xxxxx@p:port"],
    ["a blank", "http://a b", "http://http://a%20b"],
    ["a blank in what is no address", "a b", "a%20b"],
    ["a blank in a path", "http://p/a b", "http://p/a%20b"],
    ["nothing", "", undefined],
    ["what Go does not read either", "\u007f", undefined],
  ])("is reported as in Go: %s", (_, HTTPS_PROXY, shown) => {
    expect(proxyOfGoPrograms(new URL("https://10.0.0.1:6443"), { HTTPS_PROXY })).toBe(shown);
  });

  it("shows no password, whatever is around it", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        const HTTPS_PROXY = `${before}:s3cr3t@${after}`;
        const shown = proxyOfGoPrograms(new URL("https://10.0.0.1:6443"), { HTTPS_PROXY });
        expect(shown ?? "").not.toContain("s3cr3t");
      }),
    );
  });
});
