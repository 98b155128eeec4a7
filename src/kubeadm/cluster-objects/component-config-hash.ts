import { createHash } from "node:crypto";
import type { ConfigMap } from "../../cluster/resources.ts";

const annotation = "kubeadm.kubernetes.io/component-config.hash";

/**
 * The ConfigMap marked as kubeadm's own work: SHA-256 over its values in the order of their keys. As long as the hash fits,
 * an upgrade may write the configuration anew (upstream: componentconfigs/checksums.go).
 */
export function signedByKubeadm(map: ConfigMap): ConfigMap {
  const hash = createHash("sha256");
  for (const key of Object.keys(map.data ?? {}).sort()) hash.update(map.data?.[key] ?? "");
  const { annotations, ...metadata } = map.metadata ?? {};
  return {
    ...map,
    metadata: { ...metadata, annotations: { ...annotations, [annotation]: `sha256:${hash.digest("hex")}` } },
  };
}
