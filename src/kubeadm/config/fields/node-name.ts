import { KubeadmError } from "../../../errors/kubeadm-error.ts";

/**
 * Returns the Node name for a configured name or a host name: trimmed and in lower case. Throws CONFIG_INVALID if
 * empty.
 */
export function nodeNameFrom(name: string): string {
  const normalized = name.trim().toLowerCase();
  if (normalized === "") throw new KubeadmError("CONFIG_INVALID", "empty hostname is invalid");
  return normalized;
}
