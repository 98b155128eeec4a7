import type { KeyObject } from "node:crypto";
import { goQuote } from "../../../go/quote.ts";
import type { KubeadmRules } from "../../../kubernetes/minors/by-hand.ts";
import { type Minor, ownMinor } from "../../../kubernetes/minors/minors.ts";
import type { KeyUsage } from "../../../pki/certificate-extensions.ts";
import { usagesOf } from "../../../pki/key-usages.ts";
import type { KeyAlgorithm } from "../../../pki/keys.ts";

interface Kind {
  readonly name: string;
  /** The rule of the releases that make and read such keys; undefined for all. */
  readonly rule?: keyof KubeadmRules;
  /** As in node:crypto. */
  readonly types: readonly string[];
  readonly algorithms: readonly KeyAlgorithm[];
}

/** The kinds of keys in upstream's order (cmd/kubeadm/app/apis/kubeadm: EncryptionAlgorithmType; client-go: util/keyutil). */
const kinds: readonly Kind[] = [
  { name: "RSA", types: ["rsa"], algorithms: ["RSA-2048", "RSA-3072", "RSA-4096"] },
  { name: "ECDSA", types: ["ec"], algorithms: ["ECDSA-P256", "ECDSA-P384"] },
  {
    name: "ML-DSA",
    rule: "usesMlDsa",
    types: ["ml-dsa-44", "ml-dsa-65", "ml-dsa-87"],
    algorithms: ["ML-DSA-44", "ML-DSA-65", "ML-DSA-87"],
  },
];

/** What kubeadm of one release does with keys. */
export interface KeyRules {
  /** Values of encryptionAlgorithm, sorted as in upstream's messages. */
  readonly algorithms: readonly KeyAlgorithm[];
  /** The kinds that it makes and reads, in a sentence: "RSA or ECDSA". */
  named(conjunction: "or" | "nor"): string;
  /** Reports whether it parses keys of this kind at all, if only to refuse them: others are none to it. */
  parses(key: KeyObject): boolean;
  /** Reports whether it uses keys of this kind. */
  accepts(key: KeyObject): boolean;
  /** The usages of a key in the certificates that it signs. */
  usages(publicKey: KeyObject): readonly KeyUsage[];
}

/** Returns what kubeadm of a minor version does with keys. */
export function keyRulesOf({ rules }: Pick<Minor, "rules">): KeyRules {
  const known = kinds.filter(({ rule }) => rule === undefined || rules[rule]);
  const isOf = (some: readonly Kind[], { asymmetricKeyType }: KeyObject) =>
    some.some(({ types }) => types.some((type) => type === asymmetricKeyType));
  return {
    algorithms: known.flatMap(({ algorithms }) => algorithms).sort(),
    named: (conjunction) =>
      listed(
        known.map(({ name }) => name),
        conjunction,
      ),
    parses: (key) => isOf(known, key) || !isOf(kinds, key),
    accepts: (key) => isOf(known, key),
    usages: (publicKey) => usagesOf(publicKey, { ecdsaEnciphers: rules.enciphersWithEcdsa }),
  };
}

function listed(names: readonly string[], conjunction: string): string {
  return `${names.slice(0, -1).join(", ")} ${conjunction} ${names.slice(-1).join("")}`;
}

/** The rules of this program's own release. */
export const ownKeyRules: KeyRules = keyRulesOf(ownMinor);

/** Returns upstream's words for a value of encryptionAlgorithm that the release does not have. */
export function unknownAlgorithm(value: string, { algorithms }: KeyRules = ownKeyRules): string {
  return `Invalid encryption algorithm ${goQuote(value)}. Must be one of [${algorithms.join(" ")}]`;
}
