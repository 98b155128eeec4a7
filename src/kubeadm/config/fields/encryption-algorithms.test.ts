import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, expect, it } from "vitest";
import { memoryHost } from "../../../host/memory.ts";
import { nearestMinor } from "../../../kubernetes/minors/minors.ts";
import { generateKeys, privateKeyPem } from "../../../pki/keys.ts";
import { loadKeyPair } from "../../certificates/certificate-files.ts";
import { keyAlgorithm } from "../../certificates/key-algorithm.ts";
import { keyRulesOf, unknownAlgorithm } from "./encryption-algorithms.ts";

const others = "ECDSA-P256 ECDSA-P384 RSA-2048 RSA-3072 RSA-4096";

describe("the values of encryptionAlgorithm", () => {
  it.each([
    [37, others],
    [38, "ECDSA-P256 ECDSA-P384 ML-DSA-44 ML-DSA-65 ML-DSA-87 RSA-2048 RSA-3072 RSA-4096"],
  ])("of kubeadm 1.%i are those of upstream's message", (minor, values) => {
    const rules = keyRulesOf(nearestMinor(minor));
    expect(unknownAlgorithm("DSA", rules)).toBe(`Invalid encryption algorithm "DSA". Must be one of [${values}]`);
    for (const encryptionAlgorithm of values.split(" ")) {
      expect(keyAlgorithm({ encryptionAlgorithm }, rules)).toBe(encryptionAlgorithm);
    }
  });

  it("have no ML-DSA before 1.38", () => {
    expect(() => keyAlgorithm({ encryptionAlgorithm: "ML-DSA-44" }, keyRulesOf(nearestMinor(37)))).toThrow(
      `Invalid encryption algorithm "ML-DSA-44". Must be one of [${others}]`,
    );
  });
});

describe("a private key", () => {
  const pemOf = async (kind: string) =>
    kind === "Ed25519"
      ? generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }).toString()
      : privateKeyPem((await generateKeys(kind === "ML-DSA" ? "ML-DSA-65" : "ECDSA-P384")).privateKey);
  const [load, read] = ["couldn't load the private key file /ca.key", "error reading private key file /ca.key"];

  it.each([
    ["ECDSA", 37, undefined],
    ["ECDSA", 38, undefined],
    ["ML-DSA", 38, undefined],
    ["ML-DSA", 37, `${load}: ${read}: data does not contain a valid RSA or ECDSA private key`],
    ["Ed25519", 37, "the private key file /ca.key is neither in RSA nor ECDSA format"],
    ["Ed25519", 38, "the private key file /ca.key is neither in RSA, ECDSA nor ML-DSA format"],
  ])("of %s is read by kubeadm 1.%i, or refused in upstream's words", async (kind, minor, message) => {
    const { files } = memoryHost({ files: { "/ca.key": await pemOf(kind) } });
    const loaded = loadKeyPair("/ca.key", files, { rules: keyRulesOf(nearestMinor(minor)) });
    if (message === undefined) await expect(loaded).resolves.toMatchObject({ privateKey: { type: "private" } });
    else await expect(loaded).rejects.toMatchObject({ code: "CERTIFICATE_INVALID", message });
  });
});

describe("the usages of keys in certificates", () => {
  const enciphers = (minor: number, { publicKey }: { readonly publicKey: KeyObject }) =>
    keyRulesOf(nearestMinor(minor)).usages(publicKey).includes("key encipherment");

  it("have keyEncipherment with RSA, before 1.38 with ECDSA too, and never with ML-DSA", async () => {
    const [rsa, ecdsa, mlDsa] = [
      await generateKeys("RSA-2048"),
      await generateKeys("ECDSA-P256"),
      await generateKeys("ML-DSA-44"),
    ];
    expect([37, 38].map((minor) => [rsa, ecdsa, mlDsa].map((keys) => enciphers(minor, keys)))).toEqual([
      [true, true, false],
      [true, false, false],
    ]);
  });
});
