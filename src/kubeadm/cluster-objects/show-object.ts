import type { KubernetesObject } from "../../cluster/cluster.ts";
import { maskSecrets } from "../../errors/secret.ts";
import { type WritableMap, writeYaml } from "../yaml/write-yaml.ts";

/** What a bootstrap token's Secret holds beside the secret. */
const publicKeys = /^(token-id|description|expiration|auth-extra-groups|usage-bootstrap-.+)$/;

/** An object as YAML, for a dry run: of a Secret all but what is secret in it, since a log keeps what it shows. */
export function shownObject(object: KubernetesObject): string {
  const shown = object as WritableMap;
  const data = shown["data"];
  const isSecret = object.kind === "Secret" && typeof data === "object" && data !== null && !Array.isArray(data);
  return maskSecrets(writeYaml(isSecret ? { ...shown, data: withoutSecrets(data as WritableMap) } : shown));
}

function withoutSecrets(data: WritableMap): WritableMap {
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, publicKeys.test(key) ? value : "[redacted]"]),
  );
}
