import type { X509Certificate } from "node:crypto";
import { KubeadmError } from "../../errors/kubeadm-error.ts";
import type { CaBundle } from "../../pki/ca-bundle.ts";
import { describeCertificates } from "../../pki/ca-bundle.ts";
import { publicKeyPin, summarize } from "../../pki/certificate.ts";

/** The certificates of a cluster's CA bundle, as they come from a server that nothing vouches for yet. */
export interface PinnedAuthorities {
  /** Those whose public key is pinned: at least one. */
  readonly pinned: readonly X509Certificate[];
  /** Whoever put a pinned certificate into the bundle may have put any other there. */
  readonly others: readonly X509Certificate[];
}

/** Throws DISCOVERY_CLUSTER_INFO_INVALID for a bundle without certificates, DISCOVERY_CA_PIN_MISMATCH where none is pinned. */
export function pinnedAuthorities(bundle: CaBundle | undefined, pins: readonly string[]): PinnedAuthorities {
  const found = certificatesOf(bundle);
  const isPinned = (certificate: X509Certificate) => pins.includes(publicKeyPin(certificate));
  const pinned = found.filter(isPinned);
  if (pinned.length > 0) return { pinned, others: found.filter((certificate) => !isPinned(certificate)) };
  const hashes = found.map(publicKeyPin).join(":");
  throw new KubeadmError(
    "DISCOVERY_CA_PIN_MISMATCH",
    `cluster CA found in cluster-info ConfigMap is invalid: none of the public keys "${hashes}" are pinned`,
    {
      details: { found: found.map(summarize), pinned: pins },
      remedy:
        `The cluster's CA: ${describeCertificates(found)}. Pinned: ${pins.join(", ")}. ` +
        "Either the hash is of another cluster, or this address is: `kubeadm token create --print-join-command` on a control plane prints the right one.",
    },
  );
}

function certificatesOf(bundle: CaBundle | undefined): readonly X509Certificate[] {
  try {
    if (bundle !== undefined) return bundle.certificates;
  } catch {
    // Told below: unreadable and absent certificates are the same to the user.
  }
  throw new KubeadmError(
    "DISCOVERY_CLUSTER_INFO_INVALID",
    "failed to parse cluster CA from the cluster-info ConfigMap: data does not contain any valid RSA or ECDSA certificates",
  );
}
