import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { goQuote } from "../../go/quote.ts";
import type { KeyAlgorithm } from "../../pki/keys.ts";
import type { ClusterConfiguration } from "../config/cluster/cluster-configuration.ts";

const algorithms: readonly KeyAlgorithm[] = ["ECDSA-P256", "ECDSA-P384", "RSA-2048", "RSA-3072", "RSA-4096"];

/** Returns the algorithm of the keys that kubeadm generates for the cluster. */
export function keyAlgorithm({ encryptionAlgorithm }: Pick<ClusterConfiguration, "encryptionAlgorithm">): KeyAlgorithm {
  const known = algorithms.find((algorithm) => algorithm === encryptionAlgorithm);
  if (known !== undefined) return known;
  const message = `Invalid encryption algorithm ${goQuote(encryptionAlgorithm)}. Must be one of [${algorithms.join(" ")}]`;
  throw new KubeadmError("CONFIG_INVALID", message);
}
