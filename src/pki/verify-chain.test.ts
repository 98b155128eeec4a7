import { spawnSync } from "node:child_process";
import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { OctetString } from "@peculiar/asn1-schema";
import { Extension } from "@peculiar/asn1-x509";
import { describe, expect, it } from "vitest";
import {
  authority,
  chainCases,
  type MadeChain,
  madeCertificate,
  madeChain,
  server,
} from "../../test/fixtures/pki/chain-corpus.ts";
import { temporaryDirectory } from "../../test/support/temporary/temporary-directory.ts";
import { generateKeys, type KeyAlgorithm } from "./keys.ts";
import { signAuthority, signLeaf } from "./sign-certificate.ts";
import { type Chain, verifyChain } from "./verify-chain.ts";

const directory = temporaryDirectory().path;
const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

function chainOf({ root, intermediates, leaf }: MadeChain): Chain {
  return {
    root: root.certificate,
    intermediates: intermediates.map(({ certificate }) => certificate),
    leaf: leaf.certificate,
    usages: ["server auth"],
  };
}

function verdict(chain: Chain): string {
  try {
    verifyChain(chain, new Date());
    return "verified";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function opensslVerdict({ root, intermediates, leaf }: MadeChain): string {
  const path = (name: string, text: string) => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };
  const between = intermediates.map(({ pem }) => pem).join("");
  const { stdout, stderr } = spawnSync(
    "openssl",
    [
      "verify",
      ...["-purpose", "sslserver"],
      ...["-CAfile", path("root.crt", root.pem)],
      ...(between === "" ? [] : ["-untrusted", path("between.crt", between)]),
      path("leaf.crt", leaf.pem),
    ],
    { encoding: "utf8" },
  );
  return stdout.endsWith("leaf.crt: OK\n") ? "verified" : stderr;
}

describe("a chain of", () => {
  it.each(chainCases)("$name", (chainCase) => {
    const { refusal, openssl } = chainCase;
    const made = madeChain(chainCase);
    const own = verdict(chainOf(made));
    if (refusal === undefined) expect(own).toBe("verified");
    else expect(own).toContain(refusal);
    if (!hasOpenssl) return;
    const isTakenByOpenssl = opensslVerdict(made) === "verified";
    expect(isTakenByOpenssl).toBe(refusal === undefined || openssl === "takes it");
  });
});

describe("a chain", () => {
  it("without an asked-for usage may be for anything", () => {
    const { usages: _usages, ...chain } = chainOf(
      madeChain({ name: "", leaf: { ...server, extendedKeyUsages: ["1.3.6.1.5.5.7.3.3"] } }),
    );
    expect(verdict(chain)).toBe("verified");
  });

  it("that lacks its intermediate leads nowhere", () => {
    const made = madeChain({ name: "", intermediates: [authority] });
    expect(verdict({ ...chainOf(made), intermediates: [] })).toBe("x509: certificate signed by unknown authority");
  });

  it("is found whatever the order of the intermediates, with foreign ones among them", () => {
    const made = madeChain({ name: "", intermediates: [authority, authority, authority] });
    const foreign = madeChain({ name: "", intermediates: [authority, authority] });
    const mixed = [...foreign.intermediates, ...made.intermediates.toReversed()].map(({ certificate }) => certificate);
    expect(verdict({ ...chainOf(made), intermediates: mixed })).toBe("verified");
  });

  it("has keys of ML-DSA of any parameters, which sign each other's certificates and those of other kinds", async () => {
    const key = async (algorithm: KeyAlgorithm) => (await generateKeys(algorithm)).privateKey;
    const root = madeCertificate({ ...authority, subject: { commonName: "root" } }, { key: await key("ML-DSA-87") });
    const between = { ...authority, subject: { commonName: "between" } };
    const first = madeCertificate(between, { issuer: root, key: await key("ML-DSA-65") });
    const second = madeCertificate({ ...between, subject: { commonName: "second" } }, { issuer: first });
    const leaf = madeCertificate(server, { issuer: second, key: await key("ML-DSA-44") });
    const chain = { leaf: leaf.certificate, intermediates: [second.certificate, first.certificate] };
    expect(verdict({ ...chain, root: root.certificate })).toBe("verified");
    const other = madeCertificate({ ...authority, subject: { commonName: "root" } }, { key: await key("ML-DSA-87") });
    expect(verdict({ ...chain, root: other.certificate })).toContain("ML-DSA verification failure");
  });

  it("that a bad intermediate spoils is found over a good one of the same name and key", () => {
    const root = madeCertificate({ ...authority, subject: { commonName: "root" } });
    const description = { ...authority, subject: { commonName: "between" } };
    const good = madeCertificate(description, { issuer: root });
    const spoiled = { ...description, isAuthority: false };
    const bad = madeCertificate(spoiled, { issuer: root, key: good.privateKey });
    const leaf = madeCertificate(server, { issuer: good });
    const intermediates = [bad.certificate, good.certificate];
    expect(verdict({ leaf: leaf.certificate, intermediates, root: root.certificate })).toBe("verified");
  });

  it.each([
    ["RSA-2048", "crypto/rsa: verification error"],
    ["ECDSA-P256", "x509: ECDSA verification failure"],
    ["ML-DSA-44", "x509: ML-DSA verification failure: mldsa: invalid signature"],
  ] as const)("does not end at a CA of %s that only has the same name", async (algorithm, reason) => {
    const validity = { notBefore: new Date("2026-01-01T00:00:00Z"), notAfter: new Date("2051-01-01T00:00:00Z") };
    const [keys, otherKeys] = [await generateKeys(algorithm), await generateKeys(algorithm)];
    const ca = new X509Certificate(signAuthority({ commonName: "kubernetes", keys, ...validity }));
    const other = new X509Certificate(signAuthority({ commonName: "kubernetes", keys: otherKeys, ...validity }));
    const request = { subject: { commonName: "leaf" }, publicKey: keys.publicKey, extendedKeyUsages: [], ...validity };
    const leaf = new X509Certificate(signLeaf(request, { certificate: ca, privateKey: keys.privateKey }));
    expect(() => verifyChain({ leaf, intermediates: [], root: other }, new Date("2027-01-01T00:00:00Z"))).toThrow(
      `x509: certificate signed by unknown authority (possibly because of "${reason}" while trying to verify candidate authority certificate "kubernetes")`,
    );
  });

  it("is broken by what has expired, with the date", () => {
    const made = madeChain({ name: "" });
    const chain = chainOf(made);
    expect(() => verifyChain(chain, new Date("2125-01-01T00:00:00Z"))).toThrow(
      /^x509: certificate has expired or is not yet valid: current time 2125-01-01T00:00:00Z is after \d{4}-/,
    );
  });

  it("of many certificates of one name is given up after a hundred signatures", () => {
    const root = madeCertificate({ ...authority, subject: { commonName: "same" } });
    const leaf = madeCertificate(server, { issuer: root, signer: newKey() });
    // Each of them is signed by the key that all share, so that every order of them is a path.
    const key = newKey();
    const maze = Array.from({ length: 12 }, () =>
      madeCertificate({ ...authority, subject: { commonName: "same" } }, { key }),
    );
    const lost = madeCertificate(server, { issuer: { ...root, privateKey: key } });
    const intermediates = maze.map(({ certificate }) => certificate);
    expect(verdict({ leaf: leaf.certificate, intermediates, root: root.certificate })).toContain("unknown authority");
    expect(verdict({ leaf: lost.certificate, intermediates, root: root.certificate })).toContain("limit reached");
  });

  it("with an extension that stands twice in a certificate is refused as malformed", () => {
    const extension = new Extension({ extnID: "1.2.3.4", extnValue: new OctetString(Uint8Array.of(5, 0)) });
    const made = madeChain({ name: "", leaf: { ...server, more: [extension, extension] } });
    expect(verdict(chainOf(made))).toContain(
      "x509: malformed certificate: the certificate has the extension 1.2.3.4 twice",
    );
  });
});

function newKey() {
  return generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey;
}
