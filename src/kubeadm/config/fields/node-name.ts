import { KubeadmError } from "../../../errors/kubeadm-error.ts";

/** The name a Node gets from a configured name or a host name: without white space around it, lower case, not empty. */
export function nodeNameFrom(name: string): string {
  const normalized = name.trim().toLowerCase();
  if (normalized === "") throw new KubeadmError("CONFIG_INVALID", "empty hostname is invalid");
  return normalized;
}
