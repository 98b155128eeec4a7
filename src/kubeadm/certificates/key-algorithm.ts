import { KubeadmError } from "../../errors/kubeadm-error.ts";
import type { KeyAlgorithm } from "../../pki/keys.ts";
import type { ClusterConfiguration } from "../config/cluster/cluster-configuration.ts";
import { type KeyRules, ownKeyRules, unknownAlgorithm } from "../config/fields/encryption-algorithms.ts";

/** Returns the algorithm of the keys that kubeadm generates for the cluster. Throws CONFIG_INVALID for an unknown one. */
export function keyAlgorithm(
  { encryptionAlgorithm }: Pick<ClusterConfiguration, "encryptionAlgorithm">,
  rules: KeyRules = ownKeyRules,
): KeyAlgorithm {
  const known = rules.algorithms.find((algorithm) => algorithm === encryptionAlgorithm);
  if (known !== undefined) return known;
  throw new KubeadmError("CONFIG_INVALID", unknownAlgorithm(encryptionAlgorithm, rules));
}
