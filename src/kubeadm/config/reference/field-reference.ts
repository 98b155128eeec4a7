import { kubeProxyReference } from "./kube-proxy-reference.ts";
import { kubeadmReference } from "./kubeadm-reference.ts";
import { kubeletReference } from "./kubelet-reference.ts";
import type { FieldReference } from "./reference-types.ts";

const structs = new Map(Object.entries({ ...kubeadmReference, ...kubeletReference, ...kubeProxyReference }));

/** Returns the reference of a field; undefined if its struct belongs to Kubernetes' core API. */
export function fieldReference(struct: string, field: string): FieldReference | undefined {
  const found = new Map(Object.entries(structs.get(struct) ?? {})).get(field);
  return typeof found === "string" ? { text: found } : found;
}
