import { toJson } from "../../../go/yaml/node.ts";
import { readYaml } from "../../../go/yaml/read-yaml.ts";
import { writeYaml } from "../../../go/yaml/write-yaml.ts";
import { isObject, type JsonObject, objectOf } from "../../../values/json.ts";

/** A manifest that only waits for the end of the previous Pod has this annotation. */
const annotation = "kubeadm.kubernetes.io/waits-for-previous-pod";

/**
 * Returns the manifest of the same Pod as it waits for the end of the previous one. The time makes it another Pod than that
 * of an earlier attempt, which the kubelet may run meanwhile.
 */
export function waitingManifest(manifest: string, at: Date): string {
  const pod = toJson(readYaml(manifest));
  if (!isObject(pod)) return manifest;
  const metadata = objectOf(pod["metadata"]);
  const annotations = { ...objectOf(metadata["annotations"]), [annotation]: at.toISOString() };
  return writeYaml({ ...pod, metadata: { ...metadata, annotations } });
}

/** Returns the Pod of a manifest that waits, as it is when it does not. */
export function withoutWaiting(pod: JsonObject): JsonObject {
  const metadata = objectOf(pod["metadata"]);
  const { [annotation]: mark, ...annotations } = objectOf(metadata["annotations"]);
  return mark === undefined ? pod : { ...pod, metadata: { ...metadata, annotations } };
}
