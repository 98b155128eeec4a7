import type { SecretObject } from "../../cluster/resources.ts";
import { Secret } from "../../errors/secret.ts";
import { goQuote } from "../../go/quote.ts";
import { defined } from "../../values/defined.ts";
import type { BootstrapToken } from "../config/fields/bootstrap-token.ts";
import type { BootstrapTokenSpec } from "../config/init/init-configuration.ts";

/** A bootstrap token as stored in the cluster. */
export interface ClusterToken {
  readonly token: BootstrapToken;
  readonly description: string;
  /** Undefined if it never expires. */
  readonly expires?: Date;
  /** Sorted. */
  readonly usages: readonly string[];
  readonly groups: readonly string[];
}

export const tokenSecretType = "bootstrap.kubernetes.io/token";
export const tokenNamespace = "kube-system";

const namePrefix = "bootstrap-token-";
const usagePrefix = "usage-bootstrap-";

/** Returns the name of the token's Secret. */
export function tokenSecretName(id: string): string {
  return `${namePrefix}${id}`;
}

/** Reports whether a Secret in the namespace of tokens is one, by its name. */
export function isTokenSecretName(name: string): boolean {
  return name.startsWith(namePrefix);
}

/** Thrown for a Secret that is not a valid token; the message is upstream's. */
export class TokenSecretError extends Error {}

/** Returns the Secret of a new token; its TTL starts at `now`. */
export function tokenSecret(spec: BootstrapTokenSpec & { readonly token: BootstrapToken }, now: Date): SecretObject {
  const expires = spec.ttlMs > 0 ? new Date(now.getTime() + spec.ttlMs) : undefined;
  const data = {
    "token-id": spec.token.id,
    "token-secret": spec.token.secret.reveal(),
    ...(spec.description === "" ? {} : { description: spec.description }),
    ...(expires === undefined ? {} : { expiration: timeText(expires) }),
    ...Object.fromEntries(spec.usages.map((usage) => [usagePrefix + usage, "true"])),
    ...(spec.groups.length === 0 ? {} : { "auth-extra-groups": spec.groups.join(",") }),
  };
  return {
    metadata: { name: tokenSecretName(spec.token.id), namespace: tokenNamespace },
    type: tokenSecretType,
    data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString("base64")])),
  };
}

/**
 * Reports whether the bootstrap signer of the controller manager signs cluster-info for a token that is created `now`
 * (k/k: pkg/controller/bootstrap/util.go). The Secret's expiration has whole seconds, so a time to live of less than one
 * second may have ended already.
 */
export function isSigner({ usages, ttlMs }: Pick<BootstrapTokenSpec, "usages" | "ttlMs">, now: Date): boolean {
  const isAlive = ttlMs <= 0 || Math.floor((now.getTime() + ttlMs) / 1_000) * 1_000 > now.getTime();
  return isAlive && usages.includes("signing");
}

/** Reads a token's Secret; throws TokenSecretError for one that is not one. */
export function clusterTokenFrom(secret: SecretObject): ClusterToken {
  const name = secret.metadata?.name ?? "";
  const text = (key: string) => Buffer.from(secret.data?.[key] ?? "", "base64").toString();
  const usages = Object.keys(secret.data ?? {}).filter((key) => key.startsWith(usagePrefix) && text(key) === "true");
  const expires = expirationOf(text("expiration"), name);
  const groups = text("auth-extra-groups").split(",");
  return {
    token: tokenFrom(text, name),
    description: text("description"),
    ...defined({ expires }),
    usages: usages.map((key) => key.slice(usagePrefix.length)).sort(),
    groups: groups[0] === "" ? [] : groups,
  };
}

function tokenFrom(text: (key: string) => string, name: string): BootstrapToken {
  const [id, secret] = [text("token-id"), text("token-secret")];
  if (id === "") throw new TokenSecretError(`bootstrap Token Secret has no token-id data: ${name}`);
  if (name !== tokenSecretName(id)) {
    const names = `Actual: ${goQuote(name)}. Expected: ${goQuote(tokenSecretName(id))}`;
    throw new TokenSecretError(`bootstrap token name is not of the form '${namePrefix}(token-id)'. ${names}`);
  }
  if (secret === "") throw new TokenSecretError(`bootstrap Token Secret has no token-secret data: ${name}`);
  if (!/^[a-z0-9]{6}$/.test(id) || !/^[a-z0-9]{16}$/.test(secret)) {
    throw new TokenSecretError(`bootstrap Token Secret is invalid and couldn't be parsed: ${name}`);
  }
  return { id, secret: new Secret(secret) };
}

const timeForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

function expirationOf(text: string, name: string): Date | undefined {
  if (text === "") return undefined;
  const time = new Date(text);
  if (timeForm.test(text) && !Number.isNaN(time.getTime())) return time;
  throw new TokenSecretError(
    `can't parse expiration time of bootstrap token ${goQuote(name)}: ${goQuote(text)} is not an RFC 3339 time`,
  );
}

/** Formats a time as Go's time.RFC3339 does, in UTC without fractions. */
export function timeText(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, "Z");
}
