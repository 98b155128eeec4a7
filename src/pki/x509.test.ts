import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { describe, expect, test } from "vitest";
import { generateKeys, generateMlDsaKeys, type KeyAlgorithm, keyPairFromPem, privateKeyPem } from "./keys.ts";
import { fromPem } from "./pem.ts";
import {
  certificateSubject,
  createCertificateAuthority,
  createCertificateRequest,
  issueCertificate,
  loadCertificateAuthority,
  parseCertificateRequest,
} from "./x509.ts";

const notBefore = new Date("2026-01-01T00:00:00Z");
const notAfter = new Date("2036-01-01T00:00:00Z");

async function authority(algorithm: KeyAlgorithm = "ECDSA-P256") {
  return createCertificateAuthority({
    commonName: "kubernetes",
    keys: await generateKeys(algorithm),
    notBefore,
    notAfter,
  });
}

describe("a certificate authority", () => {
  test.each<KeyAlgorithm>(["RSA-2048", "ECDSA-P256", "ECDSA-P384", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87"])(
    "of %s signs itself and its leafs",
    async (algorithm) => {
      const ca = await authority(algorithm);
      expect(ca.certificate.ca).toBe(true);
      expect(ca.certificate.verify(ca.certificate.publicKey)).toBe(true);
      expect(ca.certificate.subject).toBe("CN=kubernetes");
      expect(ca.certificate.subjectAltName).toBe("DNS:kubernetes");
      expect(ca.certificate.validFromDate).toEqual(notBefore);
      const { publicKey } = await generateKeys("ECDSA-P256");
      const leaf = new X509Certificate(
        await issueCertificate({
          ca,
          subject: { commonName: "leaf" },
          publicKey,
          notBefore,
          notAfter,
          keyUsages: ["digital signature"],
          extendedKeyUsages: ["client auth"],
        }),
      );
      expect(leaf.verify(ca.certificate.publicKey)).toBe(true);
      expect(leaf.checkIssued(ca.certificate)).toBe(true);
      expect(leaf.ca).toBe(false);
      expect(leaf.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);
    },
  );

  test("cannot be loaded with the key of another", async () => {
    const ca = await authority();
    const { privateKey } = await generateKeys("ECDSA-P256");
    expect(() => loadCertificateAuthority(ca.certificatePem, privateKey)).toThrow("does not match the CA certificate");
    expect(loadCertificateAuthority(ca.certificatePem, ca.privateKey).certificate.fingerprint256).toBe(
      ca.certificate.fingerprint256,
    );
  });
});

describe("a leaf certificate", () => {
  test("has the names, addresses and organizations asked for, the organizations in DER order", async () => {
    const ca = await authority();
    const { publicKey } = await generateKeys("ECDSA-P256");
    const pem = await issueCertificate({
      ca,
      subject: { commonName: "kube-apiserver", organizations: ["zz", "a", "zz", "bbb"] },
      publicKey,
      notBefore,
      notAfter,
      keyUsages: ["digital signature", "key encipherment"],
      extendedKeyUsages: ["server auth"],
      dnsNames: ["localhost", "cp1"],
      ipAddresses: ["127.0.0.1", "fd00::1"],
    });
    const certificate = new X509Certificate(pem);
    expect(certificateSubject(certificate)).toEqual({
      commonName: "kube-apiserver",
      organizations: ["a", "zz", "bbb"],
    });
    expect(certificate.checkHost("cp1")).toBe("cp1");
    expect(certificate.checkIP("127.0.0.1")).toBe("127.0.0.1");
    expect(certificate.checkIP("fd00::1")).toBe("fd00::1");
    expect(pem.endsWith("-----END CERTIFICATE-----\n")).toBe(true);
  });

  test("has a positive serial number of 20 bytes, never the same one", async () => {
    const ca = await authority();
    const { publicKey } = await generateKeys("ECDSA-P256");
    const request = { ca, subject: { commonName: "x" }, publicKey, notBefore, notAfter };
    const serials = new Set<string>();
    for (let round = 0; round < 50; round++) {
      const pem = await issueCertificate({ ...request, keyUsages: [], extendedKeyUsages: ["client auth"] });
      serials.add(new X509Certificate(pem).serialNumber);
    }
    expect(serials.size).toBe(50);
    // 159 bits: the first byte is neither zero nor that of a negative number.
    for (const serial of serials) expect(serial).toMatch(/^(0[1-9A-F]|[1-7][0-9A-F])[0-9A-F]{38}$/);
  });
});

describe("a certificate request", () => {
  test.each<KeyAlgorithm>(["RSA-2048", "ECDSA-P256", "ECDSA-P384", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87"])(
    "with a key of %s is read back as it was made",
    async (algorithm) => {
      const keys = await generateKeys(algorithm);
      const pem = await createCertificateRequest({
        subject: { commonName: "system:node:w1", organizations: ["system:nodes"] },
        keys,
        dnsNames: ["w1"],
        ipAddresses: ["192.0.2.15"],
      });
      const request = await parseCertificateRequest(pem);
      expect(request).toMatchObject({
        subject: { commonName: "system:node:w1", organizations: ["system:nodes"] },
        dnsNames: ["w1"],
        ipAddresses: ["192.0.2.15"],
        emailAddresses: [],
        uris: [],
      });
      expect(request.publicKey.equals(keys.publicKey)).toBe(true);
    },
  );

  test("whose content was changed after signing is refused", async () => {
    const keys = await generateKeys("ECDSA-P256");
    const pem = await createCertificateRequest({ subject: { commonName: "system:node:w1" }, keys });
    const der = Buffer.from(pem.replace(/-----[^-]+-----/g, ""), "base64");
    der.write("w2", der.indexOf("w1"));
    const changed = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString("base64")}\n-----END CERTIFICATE REQUEST-----\n`;
    await expect(parseCertificateRequest(changed)).rejects.toThrow("does not verify");
  });
});

test.each(["ML-DSA-44", "ML-DSA-65", "ML-DSA-87"] as const)(
  "a private key of %s has its seed and nothing else",
  async (algorithm) => {
    const { privateKey } = await generateKeys(algorithm);
    const der = fromPem("PRIVATE KEY", privateKeyPem(privateKey)) ?? new Uint8Array();
    // RFC 9881, appendix C.1: version 0, the identifier, and the octets of the seed with the tag [0].
    const last = { "ML-DSA-44": "11", "ML-DSA-65": "12", "ML-DSA-87": "13" }[algorithm];
    const head = `3034020100300b06096086480165030403${last}04228020`;
    expect(Buffer.from(der).toString("hex")).toMatch(new RegExp(`^${head}[0-9a-f]{64}$`));
  },
);

test("a private key of ML-DSA in OpenSSL's form, with the expanded key, is refused as upstream refuses it", () => {
  const { privateKey } = generateKeyPairSync("ml-dsa-44");
  const pem = privateKey.export({ format: "pem", type: "pkcs8" }).toString();
  expect(() => keyPairFromPem(pem)).toThrow("not in the form with the seed alone");
});

test("an algorithm that the runtime does not have is an error with a code", async () => {
  // Node.js before 24.6 says about ML-DSA-44 what this one says about a kind that does not exist.
  await expect(generateMlDsaKeys("ML-DSA-44", "ml-dsa-22" as "ml-dsa-44")).rejects.toMatchObject({
    code: "KEY_ALGORITHM_UNSUPPORTED",
    details: { algorithm: "ML-DSA-44" },
  });
});

test.each<[KeyAlgorithm, string]>([
  ["RSA-2048", "RSA PRIVATE KEY"],
  ["ECDSA-P256", "EC PRIVATE KEY"],
  ["ML-DSA-44", "PRIVATE KEY"],
  ["ML-DSA-65", "PRIVATE KEY"],
  ["ML-DSA-87", "PRIVATE KEY"],
])("a private key of %s is written as kubeadm writes it and read again", async (algorithm, block) => {
  const { privateKey, publicKey } = await generateKeys(algorithm);
  const pem = privateKeyPem(privateKey);
  expect(pem.startsWith(`-----BEGIN ${block}-----\n`)).toBe(true);
  expect(keyPairFromPem(pem).publicKey.equals(publicKey)).toBe(true);
});
