import { defaultTokenGroup, defaultTokenTtlMs, tokenUsages } from "../../../kubeadm/config/fields/bootstrap-token.ts";
import { defined } from "../../../values/defined.ts";
import type { StoredObject } from "../apiserver/objects.ts";
import { timestamp } from "../apiserver/storage.ts";

/** What a bootstrap token may be used for: the fields `usage-bootstrap-…` of its Secret. */
export type TokenUsage = "authentication" | "signing";

/**
 * The settings of a new bootstrap token (https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/).
 */
export interface BootstrapTokenSettings {
  /** `abcdef.0123456789abcdef`; random by default. */
  readonly token?: string;
  /** Seconds until it expires; 0: never. 24 hours by default, as in kubeadm. */
  readonly ttlSeconds?: number;
  readonly description?: string;
  /** Both by default. */
  readonly usages?: readonly TokenUsage[];
  /** By default "system:bootstrappers:kubeadm:default-node-token", to which kubeadm binds its roles. */
  readonly groups?: readonly string[];
}

/** The Secret of a token, as `kubeadm token create` writes it. */
export function bootstrapTokenSecret(token: string, settings: BootstrapTokenSettings, now: Date): StoredObject {
  const [id = "", secret = ""] = token.split(".");
  const { ttlSeconds = defaultTokenTtlMs / 1000, description, usages = tokenUsages } = settings;
  const { groups = [defaultTokenGroup] } = settings;
  const values: Record<string, string> = {
    "token-id": id,
    "token-secret": secret,
    ...defined({ description }),
    ...(ttlSeconds === 0 ? {} : { expiration: timestamp(new Date(now.getTime() + ttlSeconds * 1000)) }),
    ...Object.fromEntries(usages.map((usage) => [`usage-bootstrap-${usage}`, "true"])),
  };
  if (groups.length > 0) values["auth-extra-groups"] = groups.join(",");
  const data = Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString("base64")]);
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: `bootstrap-token-${id}`, namespace: "kube-system" },
    type: "bootstrap.kubernetes.io/token",
    data: Object.fromEntries(data),
  };
}
