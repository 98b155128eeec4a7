import { describe, expect, test } from "vitest";
import { testAuthority } from "../../test/fixtures/pki/authority.ts";
import { CaBundle } from "./ca-bundle.ts";

const [one, two, foreign] = await Promise.all([testAuthority("one"), testAuthority("two"), testAuthority("foreign")]);
const relabeled = (label: string) => foreign.certificatePem.replaceAll(" CERTIFICATE-", ` ${label}-`);
const [begin, ...rest] = foreign.certificatePem.split("\n");

describe("a CA bundle is only its CERTIFICATE blocks, re-encoded", () => {
  test.each([
    ["a certificate as it is usually written", one.certificatePem],
    ["text before, between and after", `Subject: one\n${one.certificatePem}trailing text`],
    ["an X509 CERTIFICATE, which OpenSSL trusts too", relabeled("X509 CERTIFICATE") + one.certificatePem],
    ["a TRUSTED CERTIFICATE, which OpenSSL trusts too", one.certificatePem + relabeled("TRUSTED CERTIFICATE")],
    ["a block with headers, which Go skips", [begin, "a: b", "", ...rest].join("\n") + one.certificatePem],
    ["a block that begins within a line", `# ${foreign.certificatePem}${one.certificatePem}`],
    [
      "a block whose end is another's",
      `${foreign.certificatePem.replace("END CERT", "END X509 CERT")}${one.certificatePem}`,
    ],
    ["a private key", `-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n${one.certificatePem}`],
    ["line ends of Windows", one.certificatePem.replaceAll("\n", "\r\n")],
    ["base64 in one line", one.certificatePem.replace(/(?<=[A-Za-z0-9+/=])\n(?=[A-Za-z0-9+/=])/g, "")],
  ])("%s", (_, text) => {
    expect(CaBundle.parse(text).pem).toBe(one.certificatePem);
  });

  test("several keep their order", () => {
    const bundle = CaBundle.parse(`${two.certificatePem}# and\n${one.certificatePem}`);
    expect(bundle.pem).toBe(two.certificatePem + one.certificatePem);
    expect(bundle.certificates.map(({ subject }) => subject)).toEqual(["CN=two", "CN=one"]);
  });

  test.each([
    ["nothing", "", "does not contain any valid"],
    ["text", "no certificate", "does not contain any valid"],
    ["blocks of other kinds alone", relabeled("X509 CERTIFICATE"), "does not contain any valid"],
    [
      "a block that is no certificate",
      "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
      "malformed certificate",
    ],
    ["PEM in place of DER", pem(Buffer.from(relabeled("X509 CERTIFICATE"))), "trailing data"],
    ["a certificate with something behind it", withTrailingByte(one.certificatePem), "trailing data"],
    ["a good and a bad certificate", one.certificatePem + withTrailingByte(two.certificatePem), "trailing data"],
  ])("%s says whom to trust to nobody", (_, text, message) => {
    const bundle = CaBundle.parse(text);
    expect(() => bundle.pem).toThrow(message);
    expect(() => bundle.certificates).toThrow(message);
  });
});

function withTrailingByte(text: string): string {
  const der = Buffer.from(text.replaceAll(/-----.*-----/g, ""), "base64");
  return pem(Buffer.concat([der, Buffer.of(0)]));
}

function pem(content: Buffer): string {
  return `-----BEGIN CERTIFICATE-----\n${content.toString("base64")}\n-----END CERTIFICATE-----\n`;
}
