import { createHash } from "node:crypto";
import { defaultedPod } from "../../kubernetes/pods/defaulted-pod.ts";
import { isList, isObject, type JsonObject, type JsonValue } from "../../values/json.ts";

export interface ManifestPlace {
  readonly nodeName: string;
  /** The manifest's path on the node. */
  readonly path: string;
}

/**
 * Returns the UID of a static Pod, which is also its annotation kubernetes.io/config.hash: a digest of the Pod after
 * defaulting, of the node and of the path. Comments, the order of keys, fields that a Pod does not have, and defaults
 * that are written explicitly do not change it, as in the real kubelet. Throws PodError if it is not a Pod.
 */
export function staticPodHash(document: JsonObject, { nodeName, path }: ManifestPlace): string {
  const text = JSON.stringify([withSortedKeys(defaultedPod(document)), `host:${nodeName}`, `file:${path}`]);
  return createHash("md5").update(text).digest("hex");
}

function withSortedKeys(value: JsonValue): JsonValue {
  if (isList(value)) return value.map(withSortedKeys);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, withSortedKeys(each)]));
}
