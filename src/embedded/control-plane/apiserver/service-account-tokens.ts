import { createSign, createVerify, randomUUID } from "node:crypto";
import type { KeyPair } from "../../../pki/keys.ts";
import { defined } from "../../../values/defined.ts";
import { type Fields, fieldsAt, isFields, numberAt, type StoredObject, stringAt, stringsAt } from "./objects.ts";
import { resources } from "./resource-names.ts";
import type { Storage } from "./storage.ts";
import type { UserInfo } from "./user-info.ts";

export interface TokenBinding {
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
  /** The token is invalid once this object is deleted: a Pod, a Node or a Secret. */
  readonly bound?: StoredObject | undefined;
}

/** The encoding of ECDSA signatures in JSON Web Signatures (RFC 7518, 3.4). */
const dsaEncoding = "ieee-p1363";

const boundKinds = [
  { claim: "pod", resource: resources.pods, isNamespaced: true },
  { claim: "secret", resource: resources.secrets, isNamespaced: true },
  { claim: "node", resource: resources.nodes, isNamespaced: false },
] as const;

/**
 * Creates and verifies the JSON Web Tokens of service accounts (RFC 7519), signed with the algorithm of the key's type.
 */
export class ServiceAccountTokens {
  readonly issuer: string;
  readonly #keys: KeyPair;
  readonly #storage: Storage;
  readonly #now: () => Date;

  constructor(options: { issuer: string; keys: KeyPair; storage: Storage; now: () => Date }) {
    this.issuer = options.issuer;
    this.#keys = options.keys;
    this.#storage = options.storage;
    this.#now = options.now;
  }

  issue(account: StoredObject, binding: TokenBinding): { token: string; expiration: Date } {
    const now = Math.floor(this.#now().getTime() / 1000);
    const exp = now + binding.expirationSeconds;
    const { name, namespace = "", uid = "" } = account.metadata;
    const { bound } = binding;
    const claims = {
      aud: binding.audiences.length === 0 ? [this.issuer] : binding.audiences,
      exp,
      iat: now,
      iss: this.issuer,
      jti: randomUUID(),
      "kubernetes.io": {
        namespace,
        ...(bound === undefined
          ? {}
          : { [bound.kind.toLowerCase()]: { name: bound.metadata.name, uid: bound.metadata.uid } }),
        serviceaccount: { name, uid },
      },
      nbf: now,
      sub: `system:serviceaccount:${namespace}:${name}`,
    };
    const algorithm = algorithmOf(this.#keys);
    const input = `${encodePart({ alg: algorithm.name, typ: "JWT" })}.${encodePart(claims)}`;
    const signature = createSign(algorithm.digest).update(input).sign({ key: this.#keys.privateKey, dsaEncoding });
    return { token: `${input}.${signature.toString("base64url")}`, expiration: new Date(exp * 1000) };
  }

  /** The user of a valid token of an existing service account; undefined for any other text. */
  authenticate(token: string): UserInfo | undefined {
    const claims = this.#verifiedClaims(token);
    if (claims === undefined || stringAt(claims, "iss") !== this.issuer) return undefined;
    if (!stringsAt(claims, "aud").includes(this.issuer)) return undefined;
    const now = this.#now().getTime() / 1000;
    if ((numberAt(claims, "exp") ?? 0) <= now || (numberAt(claims, "nbf") ?? now + 1) > now) return undefined;
    const namespace = stringAt(claims, "kubernetes.io", "namespace") ?? "";
    const name = stringAt(claims, "kubernetes.io", "serviceaccount", "name") ?? "";
    const uid = stringAt(claims, "kubernetes.io", "serviceaccount", "uid") ?? "";
    const account = this.#storage.get(resources.serviceAccounts, { namespace, name });
    if (account?.metadata.uid !== uid || !this.#isBoundObjectThere(claims, namespace)) return undefined;
    return serviceAccountUser(namespace, name, uid);
  }

  /** A token that is bound to an object becomes invalid with it. */
  #isBoundObjectThere(claims: Fields, namespace: string): boolean {
    return boundKinds.every(({ claim, resource, isNamespaced }) => {
      const bound = fieldsAt(claims, "kubernetes.io", claim);
      if (bound === undefined) return true;
      const key = { name: stringAt(bound, "name") ?? "", ...(isNamespaced ? { namespace } : {}) };
      return this.#storage.get(resource, key)?.metadata.uid === stringAt(bound, "uid");
    });
  }

  #verifiedClaims(token: string): Fields | undefined {
    const [header = "", payload = "", signature = "", ...more] = token.split(".");
    if (signature === "" || more.length > 0) return undefined;
    const verify = createVerify(algorithmOf(this.#keys).digest).update(`${header}.${payload}`);
    if (!verify.verify({ key: this.#keys.publicKey, dsaEncoding }, Buffer.from(signature, "base64url")))
      return undefined;
    const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
    return isFields(claims) ? claims : undefined;
  }
}

/** RFC 7518, 3.1; by the key type of node:crypto. */
function algorithmOf({ publicKey }: KeyPair): { readonly name: string; readonly digest: string } {
  if (publicKey.asymmetricKeyType === "rsa") return { name: "RS256", digest: "SHA256" };
  const isP384 = publicKey.asymmetricKeyDetails?.namedCurve === "secp384r1";
  return isP384 ? { name: "ES384", digest: "SHA384" } : { name: "ES256", digest: "SHA256" };
}

export function serviceAccountUser(namespace: string, name: string, uid?: string): UserInfo {
  return {
    username: `system:serviceaccount:${namespace}:${name}`,
    ...defined({ uid }),
    groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`],
  };
}

function encodePart(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
