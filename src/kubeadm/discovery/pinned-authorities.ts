import type { X509Certificate } from "node:crypto";
import { KubeadmError } from "../../errors/kubeadm-error.ts";
import type { CaBundle } from "../../pki/ca-bundle.ts";
import { describeCertificates } from "../../pki/ca-bundle.ts";
import { publicKeyPin, summarize } from "../../pki/certificate.ts";

/** The certificates of a cluster's CA bundle, as received from a server that is not verified yet. */
export interface PinnedAuthorities {
  /** Certificates whose public key is pinned; at least one. */
  readonly pinned: readonly X509Certificate[];
  /** Not trusted: an attacker who knows a pinned certificate can add any other to the bundle. */
  readonly others: readonly X509Certificate[];
}

/**
 * Splits the bundle by the pins. Throws DISCOVERY_CLUSTER_INFO_INVALID for a bundle without certificates, and
 * DISCOVERY_CA_PIN_MISMATCH if none is pinned.
 */
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
        "Either the hash or this address belongs to another cluster: `kubeadm token create --print-join-command` on a control plane prints the right one.",
    },
  );
}

function certificatesOf(bundle: CaBundle | undefined): readonly X509Certificate[] {
  try {
    if (bundle !== undefined) return bundle.certificates;
  } catch {
    // Reported below: unreadable and absent certificates are the same to the user.
  }
  throw new KubeadmError(
    "DISCOVERY_CLUSTER_INFO_INVALID",
    "failed to parse cluster CA from the cluster-info ConfigMap: data does not contain any valid RSA or ECDSA certificates",
  );
}
