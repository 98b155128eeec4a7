import type { Cluster } from "../../cluster/cluster.ts";
import { type CertificateSigningRequest, certificateSigningRequests } from "../../cluster/resources.ts";
import { isForNode, kubeletClientSigner } from "./certificate-request-state.ts";

/** The certificate signing requests that ask for the identity of a node, whoever has sent them and when. */
export async function nodeRequests(
  cluster: Pick<Cluster, "list">,
  nodeName: string,
  signal: AbortSignal,
): Promise<readonly CertificateSigningRequest[]> {
  const fieldSelector = `spec.signerName=${kubeletClientSigner}`;
  const requests = await cluster.list(certificateSigningRequests, { fieldSelector, signal });
  return requests.filter((request) => isForNode(request, nodeName));
}
