import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../../test/support/temporary/temporary-directory.ts";
import { certificateContent } from "./certificate-content.ts";
import { writeCertificateRequest } from "./certificate-request.ts";
import { generateKeys, type KeyAlgorithm } from "./keys.ts";
import { parsedCertificate } from "./parsed-certificate.ts";
import { fromPem, toPem } from "./pem.ts";
import { readCertificateRequest } from "./read-certificate-request.ts";
import { signAuthority, signLeaf } from "./sign-certificate.ts";

const directory = temporaryDirectory().path;
const openssl = (...args: string[]) =>
  execFileSync("openssl", args, { cwd: directory, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

const validity = { notBefore: new Date("2026-01-01T00:00:00Z"), notAfter: new Date("2051-01-01T00:00:00Z") };

async function authority(algorithm: KeyAlgorithm = "ECDSA-P256", commonName = "kubernetes") {
  const keys = await generateKeys(algorithm);
  const pem = signAuthority({ commonName, keys, ...validity });
  return { pem, certificate: new X509Certificate(pem), privateKey: keys.privateKey };
}

describe.each<KeyAlgorithm>(["RSA-2048", "ECDSA-P256", "ECDSA-P384"])("certificates of %s", (algorithm) => {
  it("are verified by openssl, with the extensions of kubeadm's in their order", async () => {
    const ca = await authority(algorithm);
    const { publicKey } = await generateKeys(algorithm);
    const leaf = signLeaf(
      {
        subject: { commonName: "kube-apiserver", organizations: ["zz", "a"] },
        publicKey,
        extendedKeyUsages: ["server auth", "client auth"],
        dnsNames: ["cp1", "*.example.com"],
        ipAddresses: ["10.96.0.1", "fd00::1"],
        ...validity,
      },
      ca,
    );
    writeFileSync(join(directory, "ca.crt"), ca.pem);
    writeFileSync(join(directory, "leaf.crt"), leaf);
    expect(openssl("verify", "-x509_strict", "-check_ss_sig", "-CAfile", "ca.crt", "leaf.crt")).toBe("leaf.crt: OK\n");
    const text = openssl("x509", "-in", "leaf.crt", "-noout", "-text");
    expect(text.match(/X509v3 .*/g)).toEqual([
      "X509v3 extensions:",
      "X509v3 Key Usage: critical",
      "X509v3 Extended Key Usage: ",
      "X509v3 Basic Constraints: critical",
      "X509v3 Authority Key Identifier: ",
      "X509v3 Subject Alternative Name: ",
    ]);
    expect(text).toContain("Subject: O = a + O = zz, CN = kube-apiserver");
    expect(text).toContain("Not After : Jan  1 00:00:00 2051 GMT");
    expect(text).toContain("DNS:cp1, DNS:*.example.com, IP Address:10.96.0.1, IP Address:FD00:0:0:0:0:0:0:1");
    expect(openssl("x509", "-in", "ca.crt", "-noout", "-text").match(/X509v3 .*/g)).toEqual([
      "X509v3 extensions:",
      "X509v3 Key Usage: critical",
      "X509v3 Basic Constraints: critical",
      "X509v3 Subject Key Identifier: ",
      "X509v3 Subject Alternative Name: ",
    ]);
  });

  it("are requested with their names", async () => {
    const keys = await generateKeys(algorithm);
    const request = writeCertificateRequest({ subject: { commonName: "cp1" }, keys, dnsNames: ["cp1"] });
    writeFileSync(join(directory, "r.csr"), request);
    const text = openssl("req", "-in", "r.csr", "-noout", "-text", "-verify");
    expect(text).toContain("DNS:cp1");
    expect(text).toContain("Subject: CN = cp1");
  });
});

describe("the extensions", () => {
  const hexOf = (pem: string) =>
    [...parsedCertificate(new X509Certificate(pem)).extensions].map(([identifier, { isCritical, value }]) =>
      [identifier, ...(isCritical ? ["critical"] : []), Buffer.from(value).toString("hex")].join(" "),
    );

  it("of a CA are byte for byte those of upstream's", async () => {
    const { pem } = await authority();
    expect(hexOf(pem).filter((line) => !line.startsWith("2.5.29.14"))).toEqual([
      "2.5.29.15 critical 030202a4",
      "2.5.29.19 critical 30030101ff",
      "2.5.29.17 300c820a6b756265726e65746573",
    ]);
  });

  it("of a leaf are byte for byte those of upstream's", async () => {
    const ca = await authority();
    const { publicKey } = await generateKeys("ECDSA-P256");
    const pem = signLeaf(
      {
        subject: { commonName: "etcd" },
        publicKey,
        extendedKeyUsages: ["server auth", "client auth"],
        dnsNames: ["cp1"],
        ipAddresses: ["10.96.0.1", "fd00::1", "::ffff:192.0.2.1"],
        ...validity,
      },
      ca,
    );
    expect(hexOf(pem).filter((line) => !line.startsWith("2.5.29.35"))).toEqual([
      "2.5.29.15 critical 030205a0",
      "2.5.29.37 301406082b0601050507030106082b06010505070302",
      "2.5.29.19 critical 3000",
      "2.5.29.17 3023820363703187040a6000018710fd0000000000000000000000000000018704c0000201",
    ]);
  });
});

describe("a request that someone changed on its way", () => {
  it("is malformed or not signed by its own key, whichever byte it is", async () => {
    const keys = await generateKeys("ECDSA-P256");
    const pem = writeCertificateRequest({
      subject: { commonName: "cp1" },
      keys,
      dnsNames: ["cp1"],
      ipAddresses: ["::1"],
    });
    const der = fromPem("CERTIFICATE REQUEST", pem) ?? new Uint8Array();
    expect(readCertificateRequest(pem).isSignedByItsKey()).toBe(true);
    fc.assert(
      fc.property(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = der.with(at, (der[at] ?? 0) ^ change);
        expect(isSigned(toPem("CERTIFICATE REQUEST", changed))).toBe(false);
      }),
    );
  });

  function isSigned(pem: string): boolean {
    try {
      return readCertificateRequest(pem).isSignedByItsKey();
    } catch (error) {
      expect(error).toBeInstanceOf(Error);
      return false;
    }
  }
});

describe("the content of a certificate", () => {
  it("is what it was made of", async () => {
    const ca = await authority();
    const { publicKey } = await generateKeys("ECDSA-P256");
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          commonName: fc.string({ minLength: 1, maxLength: 64, unit: "grapheme" }),
          organizations: fc.uniqueArray(fc.string({ minLength: 1, maxLength: 30 }), { maxLength: 3 }),
          dnsNames: fc.array(fc.domain(), { maxLength: 4 }),
          ipAddresses: fc.array(fc.ipV4(), { maxLength: 3 }),
        }),
        async ({ commonName, organizations, ...names }) => {
          const pem = signLeaf(
            {
              subject: { commonName, organizations },
              publicKey,
              extendedKeyUsages: ["client auth"],
              ...names,
              ...validity,
            },
            ca,
          );
          const content = certificateContent(new X509Certificate(pem));
          expect(content).toMatchObject({
            ...names,
            ...validity,
            extendedKeyUsages: ["client auth"],
            isAuthority: false,
          });
          expect(content.subject.commonName).toBe(commonName);
          expect(content.subject.organizations.toSorted()).toEqual(organizations.toSorted());
        },
      ),
      { numRuns: 50 },
    );
  });

  it.each(["1950-01-01T00:00:00Z", "2049-12-31T23:59:59Z", "2050-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])(
    "keeps the time %s",
    async (text) => {
      const ca = await authority();
      const { publicKey } = await generateKeys("ECDSA-P256");
      const time = new Date(text);
      const request = {
        subject: { commonName: "x" },
        publicKey,
        extendedKeyUsages: [],
        notBefore: time,
        notAfter: time,
      };
      expect(certificateContent(new X509Certificate(signLeaf(request, ca)))).toMatchObject({
        notBefore: time,
        notAfter: time,
      });
    },
  );
});
