import { KubeadmError } from "../../errors/kubeadm-error.ts";
import type { Events } from "../../events/events.ts";
import type { Files } from "../../host/host.ts";
import { sharedCertificatesProblems } from "../certificates/shared-certificates.ts";
import type { ClusterConfiguration } from "../config/cluster/cluster-configuration.ts";
import { aggregateMessage } from "../config/documents/field-error.ts";
import { requireRootfulControlPlane } from "../config/fields/feature-gates.ts";

export interface ReadinessPorts {
  readonly files: Files;
  readonly events: Events;
  readonly now: Date;
}

/**
 * Throws if the cluster cannot take another control plane: it has no controlPlaneEndpoint, or the shared certificates
 * neither exist on this machine nor will be downloaded.
 */
export async function requireReadyForControlPlane(
  cluster: ClusterConfiguration,
  { downloadsCertificates }: { readonly downloadsCertificates: boolean },
  ports: ReadinessPorts,
): Promise<void> {
  requireRootfulControlPlane(cluster.featureGates);
  if (cluster.controlPlaneEndpoint === "") {
    const reason =
      "unable to add a new control plane instance to a cluster that doesn't have a stable controlPlaneEndpoint address";
    throw new KubeadmError("CONTROL_PLANE_ENDPOINT_MISSING", notReady(reason));
  }
  if (downloadsCertificates) return;
  const problems = await sharedCertificatesProblems(cluster, ports);
  if (problems.length === 0) return;
  const message = notReady(aggregateMessage(problems.map((problem) => problem.message)));
  throw new KubeadmError("SHARED_CERTIFICATES_MISSING", message, {
    details: { paths: problems.map(({ path }) => path) },
  });
}

/** Returns upstream's lines around a reason. */
function notReady(reason: string): readonly string[] {
  const [before = "", after = ""] = frame.split("REASON");
  return [...before.split("\n").slice(0, -1), reason, ...after.split("\n").slice(1)];
}

const frame = `
One or more conditions for hosting a new control plane instance is not satisfied.

REASON

Please ensure that:
* The cluster has a stable controlPlaneEndpoint address.
* The certificates that must be shared among control plane instances are provided.

`;
