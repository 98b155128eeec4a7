import { ownValue } from "../objects.ts";

/**
 * Lists that merge by a key of their items, by the name of the field that holds them. Upstream has this in the struct
 * tags `patchStrategy` and `patchMergeKey` of k8s.io/api; the names are unambiguous for the kinds that this server has.
 * A list of plain values with the strategy "merge" has no key.
 */
const mergeKeys: Readonly<Record<string, string>> = {
  addresses: "type",
  conditions: "type",
  containers: "name",
  env: "name",
  ephemeralContainers: "name",
  finalizers: "",
  hostAliases: "ip",
  imagePullSecrets: "name",
  initContainers: "name",
  ownerReferences: "uid",
  podCIDRs: "",
  ports: "port",
  secrets: "name",
  topologySpreadConstraints: "topologyKey",
  volumeDevices: "devicePath",
  volumeMounts: "mountPath",
  volumes: "name",
};

/** Undefined: the list is replaced as a whole. Empty: a set of plain values. */
export function mergeKeyOf(kind: string, path: readonly string[]): string | undefined {
  const field = path.at(-1) ?? "";
  // Ports of containers have another key than those of a Service; taints and rules are replaced as a whole.
  if (field === "ports" && path.includes("containers")) return "containerPort";
  if (field === "conditions" && kind === "CertificateSigningRequest") return undefined;
  return ownValue(mergeKeys, field);
}
