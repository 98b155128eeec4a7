import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { CertificationRequest } from "@peculiar/asn1-csr";
import { describe, expect, it } from "vitest";
import { messageOf } from "../../src/errors/kubeadm-error.ts";
import { Secret } from "../../src/errors/secret.ts";
import { memoryHost } from "../../src/host/memory.ts";
import { loadKeyPair } from "../../src/kubeadm/certificates/certificate-files.ts";
import { keyRulesOf, unknownAlgorithm } from "../../src/kubeadm/config/fields/encryption-algorithms.ts";
import { parseKubeconfig } from "../../src/kubeadm/kubeconfig/read-kubeconfig.ts";
import { nearestMinor } from "../../src/kubernetes/minors/minors.ts";
import { readAsn1, writeAsn1 } from "../../src/pki/asn1.ts";
import { hasKey } from "../../src/pki/certificate.ts";
import { certificateContent } from "../../src/pki/certificate-content.ts";
import { writeCertificateRequest } from "../../src/pki/certificate-request.ts";
import { keyPairFromPem, privateKeyPem } from "../../src/pki/keys.ts";
import { parsedCertificate } from "../../src/pki/parsed-certificate.ts";
import { fromPem } from "../../src/pki/pem.ts";
import { readCertificateRequest } from "../../src/pki/read-certificate-request.ts";
import { signAuthority, signLeaf } from "../../src/pki/sign-certificate.ts";
import { ChainError, verifyChain } from "../../src/pki/verify-chain.ts";

const folder = new URL("keys/", import.meta.url);
const golden = (path: string) => readFileSync(new URL(path, folder), "utf8");
const refusals = JSON.parse(golden("refusals.json")) as Readonly<Record<string, string>>;

/** The release that was recorded. */
const rules = keyRulesOf(nearestMinor(38));

/** What is signed, with the serial number of another: the one that is random. */
function signedContent(pem: string, serial: X509Certificate): Buffer {
  const { tbs } = parsedCertificate(new X509Certificate(pem));
  tbs.serialNumber = parsedCertificate(serial).tbs.serialNumber;
  return Buffer.from(writeAsn1(tbs));
}

/** What is signed in a request. */
function requestedContent(pem: string): Buffer {
  const request = readAsn1(fromPem("CERTIFICATE REQUEST", pem) ?? new Uint8Array(), CertificationRequest);
  return Buffer.from(writeAsn1(request.certificationRequestInfo));
}

describe.each(["RSA-2048", "ECDSA-P256", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87"])(
  "upstream's files of %s",
  (algorithm) => {
    const read = (name: string) => golden(`${algorithm}/${name}`);
    const certificate = (name: string) => new X509Certificate(read(name));
    const ca = certificate("ca.crt");
    const keys = (name: string) => keyPairFromPem(read(name));

    it.each(["ca.key", "apiserver.key", "sa.key", "request-apiserver.key"])(
      "have keys that are written as they are in %s",
      (name) => {
        expect(privateKeyPem(keys(name).privateKey)).toBe(read(name));
      },
    );

    it("have public keys that are written as they are", () => {
      expect(keys("sa.key").publicKey.export({ type: "spki", format: "pem" }).toString()).toBe(read("sa.pub"));
    });

    it("have a CA like the one that is made of its key", () => {
      const { notBefore, notAfter } = certificateContent(ca);
      const [own, keyUsages] = [keys("ca.key"), rules.usages(keys("ca.key").publicKey)];
      const pem = signAuthority({ commonName: "kubernetes", keys: own, keyUsages, notBefore, notAfter });
      expect(signedContent(pem, ca)).toEqual(signedContent(read("ca.crt"), ca));
      expect(new X509Certificate(pem).verify(ca.publicKey)).toBe(true);
    });

    it("have a certificate like the one that is made of its key", () => {
      const found = certificate("apiserver.crt");
      const { notBefore, notAfter, subject, dnsNames, ipAddresses, extendedKeyUsages } = certificateContent(found);
      const { publicKey } = keys("apiserver.key");
      const pem = signLeaf(
        {
          subject,
          publicKey,
          keyUsages: rules.usages(publicKey),
          dnsNames,
          ipAddresses,
          extendedKeyUsages,
          notBefore,
          notAfter,
        },
        { certificate: ca, privateKey: keys("ca.key").privateKey },
      );
      expect(signedContent(pem, found)).toEqual(signedContent(read("apiserver.crt"), found));
      expect(new X509Certificate(pem).verify(ca.publicKey)).toBe(true);
    });

    it("belong to each other, and to no others", () => {
      const leaf = certificate("apiserver.crt");
      const now = certificateContent(leaf).notBefore;
      expect(() => verifyChain({ leaf, intermediates: [], root: ca, usages: ["server auth"] }, now)).not.toThrow();
      expect(hasKey(leaf, read("apiserver.key"))).toBe(true);
      expect(hasKey(leaf, read("ca.key"))).toBe(false);
    });

    it("have a request like the one that is made of its key", () => {
      const { subject, dnsNames, ipAddresses } = readCertificateRequest(read("request-apiserver.csr"));
      const own = writeCertificateRequest({ subject, dnsNames, ipAddresses, keys: keys("request-apiserver.key") });
      expect(requestedContent(own)).toEqual(requestedContent(read("request-apiserver.csr")));
      expect(
        [own, read("request-apiserver.csr")].map((each) => readCertificateRequest(each).isSignedByItsKey()),
      ).toEqual([true, true]);
    });

    it("have a kubeconfig with a client certificate of the CA, and its key", () => {
      const { users, clusters } = parseKubeconfig(read("admin.conf"));
      const { clientCertificateData = "", clientKeyData = new Secret("") } = users[0]?.user ?? {};
      const leaf = new X509Certificate(clientCertificateData);
      expect(clusters[0]?.cluster.certificateAuthorityData?.pem).toBe(read("ca.crt"));
      expect(leaf.verify(ca.publicKey)).toBe(true);
      expect(hasKey(leaf, clientKeyData.reveal())).toBe(true);
      expect(privateKeyPem(keyPairFromPem(clientKeyData.reveal()).privateKey)).toBe(clientKeyData.reveal());
    });
  },
);

describe("upstream's words are those for", () => {
  it("another algorithm", () => {
    expect(refusals["another algorithm"]).toContain(`"ML-DSA-99": ${unknownAlgorithm("ML-DSA-99", rules)}`);
  });

  const loaded = async (pem: string) => {
    const { files } = memoryHost({ files: { "/pki/ca.key": pem } });
    return loadKeyPair("/pki/ca.key", files, { rules }).then(() => "", messageOf);
  };

  it("a key of another kind", async () => {
    const { privateKey } = generateKeyPairSync("ed25519");
    const message = await loaded(privateKey.export({ format: "pem", type: "pkcs8" }).toString());
    expect(message).not.toBe("");
    expect(refusals["a key of another kind"]).toContain(`failed to load key: ${message}`);
  });

  it("a key of ML-DSA with more than the seed", async () => {
    const message = await loaded(golden("ML-DSA-44/expanded.key"));
    expect(message).not.toBe("");
    expect(refusals["a key with more than the seed"]).toContain(`failed to load key: ${message}`);
  });

  it.each(Object.keys(refusals).filter((name) => name.includes(" below ")))("a certificate of %s", (name) => {
    const [child, parent] = name.split(" below ");
    const [leaf, root] = [`${child}/apiserver.crt`, `${parent}/ca.crt`].map(
      (path) => new X509Certificate(golden(path)),
    );
    if (leaf === undefined || root === undefined) throw new Error(`${name} names no certificates`);
    const verify = () => verifyChain({ leaf, intermediates: [], root }, certificateContent(leaf).notBefore);
    const [, reason = "no reason"] = /(x509: .*)$/.exec(refusals[name] ?? "") ?? [];
    expect(verify).toThrow(new ChainError(reason));
  });
});
