// Authenticates a request: client certificate, bearer token, or anonymous. Invalid credentials are 401, never
// anonymous.
import { timingSafeEqual, X509Certificate } from "node:crypto";
import { ChainError, verifyChain } from "../../../pki/verify-chain.ts";
import { certificateSubject } from "../../../pki/x509.ts";
import { type StoredObject, stringAt } from "./objects.ts";
import { resources } from "./resource-names.ts";
import type { ServiceAccountTokens } from "./service-account-tokens.ts";
import { unauthorized } from "./status.ts";
import type { Storage } from "./storage.ts";
import type { UserInfo } from "./user-info.ts";

export interface Credentials {
  readonly authorization: string | undefined;
  /** DER of the certificate that the client presented in the TLS handshake. */
  readonly clientCertificate: Uint8Array | undefined;
}

/** A user with a bearer token, as a line of the file of --token-auth-file. */
export interface StaticToken {
  readonly token: string;
  readonly username: string;
  readonly groups: readonly string[];
}

export interface AuthenticatorOptions {
  readonly storage: Storage;
  readonly now: () => Date;
  readonly clientCa: X509Certificate;
  readonly staticTokens: readonly StaticToken[];
  readonly serviceAccountTokens: ServiceAccountTokens;
  readonly isAnonymousAllowed: () => boolean;
}

export type Authenticator = (credentials: Credentials) => UserInfo;

const anonymous: UserInfo = { username: "system:anonymous", groups: ["system:unauthenticated"] };

export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  return (credentials) => {
    const user = authenticate(options, credentials);
    if (user !== undefined) return withGroup(user, "system:authenticated");
    if (!options.isAnonymousAllowed()) throw unauthorized();
    return anonymous;
  };
}

/** Undefined if the request has no credentials. */
function authenticate(options: AuthenticatorOptions, credentials: Credentials): UserInfo | undefined {
  if (credentials.clientCertificate !== undefined) {
    const user = certificateUser(options, credentials.clientCertificate);
    if (user !== undefined) return user;
    if (credentials.authorization === undefined) throw unauthorized();
  }
  const token = bearerToken(credentials.authorization);
  if (token === undefined) return undefined;
  const user = tokenUser(options, token);
  if (user === undefined) throw unauthorized();
  return user;
}

function bearerToken(authorization: string | undefined): string | undefined {
  return /^bearer (.+)$/i.exec(authorization?.trim() ?? "")?.[1]?.trim();
}

function tokenUser(options: AuthenticatorOptions, token: string): UserInfo | undefined {
  return (
    options.staticTokens.find((entry) => isSameText(entry.token, token)) ??
    bootstrapTokenUser(options, token) ??
    options.serviceAccountTokens.authenticate(token)
  );
}

function withGroup(user: UserInfo, group: string): UserInfo {
  return user.groups.includes(group) ? user : { ...user, groups: [...user.groups, group] };
}

/** The subject's common name is the user, its organizations are the groups; the certificate must be for client use. */
function certificateUser(options: AuthenticatorOptions, der: Uint8Array): UserInfo | undefined {
  const certificate = new X509Certificate(der);
  const { clientCa } = options;
  if (!isTrusted(certificate, clientCa, options.now())) return undefined;
  const subject = certificateSubject(certificate);
  const credentialId = `X509SHA256=${certificate.fingerprint256.replaceAll(":", "").toLowerCase()}`;
  return {
    username: subject.commonName,
    groups: subject.organizations,
    extra: { "authentication.kubernetes.io/credential-id": [credentialId] },
  };
}

function isTrusted(leaf: X509Certificate, root: X509Certificate, now: Date): boolean {
  try {
    verifyChain({ leaf, intermediates: [], root, usages: ["client auth"] }, now);
    return true;
  } catch (error) {
    if (error instanceof ChainError) return false;
    throw error;
  }
}

/** k/k:plugin/pkg/auth/authenticator/token/bootstrap: any flaw of the Secret rejects the token. */
function bootstrapTokenUser(options: AuthenticatorOptions, token: string): UserInfo | undefined {
  const [, id = "", secret = ""] = /^([a-z0-9]{6})\.([a-z0-9]{16})$/.exec(token) ?? [];
  if (id === "") return undefined;
  const object = options.storage.get(resources.secrets, { namespace: "kube-system", name: `bootstrap-token-${id}` });
  if (object === undefined || object.metadata.deletionTimestamp !== undefined) return undefined;
  if (object["type"] !== "bootstrap.kubernetes.io/token") return undefined;
  if (!isSameText(secretValue(object, "token-secret") ?? "", secret)) return undefined;
  if (secretValue(object, "token-id") !== id) return undefined;
  if (isTokenExpired(object, options.now())) return undefined;
  if (secretValue(object, "usage-bootstrap-authentication") !== "true") return undefined;
  const extra = (secretValue(object, "auth-extra-groups") ?? "").split(",").filter((group) => group !== "");
  if (!extra.every((group) => bootstrapGroup.test(group))) return undefined;
  return { username: `system:bootstrap:${id}`, groups: [...new Set(["system:bootstrappers", ...extra])].sort() };
}

const bootstrapGroup = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;

/** An expiration that cannot be parsed counts as expired. */
export function isTokenExpired(secret: StoredObject, now: Date): boolean {
  const expiration = secretValue(secret, "expiration");
  if (expiration === undefined) return false;
  const at = Date.parse(expiration);
  return Number.isNaN(at) || now.getTime() >= at;
}

/** One value of a Secret, decoded. */
export function secretValue(secret: StoredObject, key: string): string | undefined {
  const encoded = stringAt(secret, "data", key);
  return encoded === undefined ? undefined : Buffer.from(encoded, "base64").toString("utf8");
}

function isSameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
