import { KubeadmError } from "../../errors/kubeadm-error.ts";
import type { Secret } from "../../errors/secret.ts";
import { CaBundle } from "../../pki/ca-bundle.ts";
import type { IssuingPorts } from "../certificates/make-certificates.ts";
import type { ControlPlaneNode } from "../control-plane/control-plane-node.ts";
import { controlPlaneServer, warnOfEndpointPort } from "../control-plane/servers.ts";
import { clientCredentials, loadClientAuthority } from "./control-plane-kubeconfigs.ts";
import { kubeconfigOf, type UserEntry } from "./kubeconfig.ts";
import { writeKubeconfig } from "./write-kubeconfig.ts";

export interface AdditionalUser {
  readonly clientName: string;
  readonly organizations: readonly string[];
  /** Used instead of a client certificate. */
  readonly token?: Secret;
  readonly validityMs: number;
}

/**
 * Returns the text of a kubeconfig for an additional user of the cluster whose CA is on this machine; it contains the
 * credentials.
 */
export async function userKubeconfig(
  user: AdditionalUser,
  node: ControlPlaneNode,
  ports: IssuingPorts,
): Promise<string> {
  const authority = await loadClientAuthority(node, ports);
  warnOfEndpointPort(node, ports);
  return writeKubeconfig(
    kubeconfigOf({
      clusterName: node.cluster.clusterName,
      cluster: {
        server: controlPlaneServer(node),
        certificateAuthorityData: CaBundle.of([authority.certificate]),
      },
      userName: user.clientName,
      user: await credentials(user, authority, ports),
    }),
  );
}

async function credentials(
  { clientName, organizations, token, validityMs }: AdditionalUser,
  authority: Awaited<ReturnType<typeof loadClientAuthority>>,
  ports: Pick<IssuingPorts, "keys" | "now">,
): Promise<UserEntry> {
  if (token !== undefined) return { token };
  if (clientName === "") {
    const message = "failure while creating  client certificate: unable to sign certificate: must specify a CommonName";
    throw new KubeadmError("USAGE", message, { remedy: "Set the user name with --client-name." });
  }
  const identity = { commonName: clientName, organizations, validityMs };
  const { certificate, key } = await clientCredentials(identity, authority, ports);
  return { clientCertificateData: certificate, clientKeyData: key };
}
