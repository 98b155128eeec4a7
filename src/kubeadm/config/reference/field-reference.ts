import { kubeProxyReference } from "./kube-proxy-reference.ts";
import { kubeadmReference } from "./kubeadm-reference.ts";
import { kubeletReference } from "./kubelet-reference.ts";

/** What a reader has to know of a field beyond its type, which the decoder's table says. */
export interface FieldReference {
  /** Whole sentences. */
  readonly text: string;
  /** As in a file, or in words where the value depends on the machine. */
  readonly default?: string;
  /** How to change the field of a running cluster or node. */
  readonly later?: string;
  /** What to use instead. */
  readonly deprecated?: string;
}

/** The fields of one struct by name. A field with nothing but a text is that text. */
export type StructReference = Readonly<Record<string, FieldReference | string>>;

/** The structs of a group of kinds, by their Go name without a version: `NodeRegistrationOptions`. */
export type Reference = Readonly<Record<string, StructReference>>;

const structs = new Map(Object.entries({ ...kubeadmReference, ...kubeletReference, ...kubeProxyReference }));

/** Returns the reference of a field; undefined if its struct belongs to Kubernetes' core API. */
export function fieldReference(struct: string, field: string): FieldReference | undefined {
  const found = new Map(Object.entries(structs.get(struct) ?? {})).get(field);
  return typeof found === "string" ? { text: found } : found;
}
