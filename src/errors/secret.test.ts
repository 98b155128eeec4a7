import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foreignText } from "./printable-text.ts";
import { maskSecrets } from "./secret.ts";

const key = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIBkg\nabcdefgh=\n-----END EC PRIVATE KEY-----";
const body = "MHcCAQEEIBkgMHcCAQEEIBkg";

describe("maskSecrets", () => {
  it.each([
    ["a token", "token abcdef.0123456789abcdef is", "token abcdef.[redacted] is"],
    ["a URL's password", 'Get "https://u:p:w@x@192.0.2.1:6443/": no', 'Get "https://u:xxxxx@192.0.2.1:6443/": no'],
    ["a private key", `a ${key} b`, "a [redacted] b"],
    ["two private keys", `a ${key} b ${key}`, "a [redacted] b [redacted]"],
    ["a key whose line breaks are escaped", key.replaceAll("\n", "\\n"), "[redacted]"],
    ["a key with an end of another kind", key.replace("END EC", "END RSA"), "[redacted]"],
    ["a key within another's lines", `-----BEGIN PRIVATE KEY-----\n${key} c`, "[redacted] c"],
    ["a key that is cut off", `a -----BEGIN PRIVATE KEY-----\n${body}`, "a [redacted]"],
    ["a cut key behind a whole one", `${key} -----BEGIN PRIVATE KEY-----\\n${body}`, "[redacted] [redacted]"],
  ])("masks %s", (_, text, masked) => expect(maskSecrets(text)).toBe(masked));

  it.each([
    ["a URL's port and digest", "https://192.0.2.1:6443/a@b and r.io/x:v1@sha256:aa"],
    ["a certificate", "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----"],
    ["a key's first line by itself", "expected -----BEGIN PRIVATE KEY----- in x"],
    ["a key's last line by itself", "no -----END PRIVATE KEY-----"],
  ])("leaves %s", (_, text) => expect(maskSecrets(text)).toBe(text));

  it("lets no body of a key through, whatever is around it", () => {
    const noise = fc.constantFrom("-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", "x ", "-----", key);
    fc.assert(
      fc.property(fc.array(noise), fc.array(noise), (before, after) => {
        expect(maskSecrets([...before, key, ...after].join(""))).not.toContain("MHcCAQEEIBkg");
      }),
    );
  });

  it("is done before a text is cut, so that no half of a secret is left", () => {
    for (let length = 1_900; length < 2_060; length++) {
      const shown = foreignText(`${"x".repeat(length)} ${key} abcdef.0123456789abcdef`);
      expect(shown).not.toMatch(/MHc|\.0123/);
    }
  });

  // Each of these kept a quadratic expression busy for minutes.
  it.each([
    ["first lines of keys", "-----BEGIN PRIVATE KEY-----"],
    ["first lines of ever other keys", "-----BEGIN A B PRIVATE KEY-----\n-----BEGIN C PRIVATE KEY-----"],
    ["dashes", "-----"],
    ["half a first line", "-----BEGIN "],
    ["capitals behind it", "-----BEGIN AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA "],
    ["what may be tokens", "abcdef."],
    ["what may be URLs", "https://u:"],
    ["what may be one URL", ":"],
  ])("takes a megabyte of %s", { timeout: 5_000 }, (_, part) => {
    const text = part.repeat(Math.ceil(1_000_000 / part.length));
    expect(maskSecrets(text)).toBe(text);
  });
});
