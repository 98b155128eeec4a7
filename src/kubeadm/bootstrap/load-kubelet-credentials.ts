import { createPrivateKey, X509Certificate } from "node:crypto";
import { messageOf } from "../../errors/kubeadm-error.ts";
import type { Files } from "../../host/host.ts";
import { embedFiles } from "../kubeconfig/embed-credentials.ts";
import { KubeconfigError, userOf } from "../kubeconfig/kubeconfig.ts";
import { loadKubeconfig } from "../kubeconfig/read-kubeconfig.ts";
import { kubeletKubeconfigPath } from "../paths.ts";

/**
 * Checks that a client can be built from the kubelet's kubeconfig: the file exists, and so do the certificate and key
 * that it references, and they match. The kubelet writes the kubeconfig first and the certificate later. Throws a
 * KubeconfigError that names what is missing.
 */
export async function loadKubeletCredentials(files: Pick<Files, "readText">): Promise<void> {
  const kubeconfig = await embedFiles(await loadKubeconfig(files, kubeletKubeconfigPath), files);
  const user = userOf(kubeconfig);
  if (user?.clientCertificateData === undefined || user.clientKeyData === undefined) {
    if (user?.token !== undefined || user?.exec !== undefined) return;
    throw new KubeconfigError(`${kubeletKubeconfigPath} has no client certificate yet`);
  }
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(user.clientCertificateData);
  } catch (error) {
    throw new KubeconfigError(`the client certificate of ${kubeletKubeconfigPath} cannot be read: ${messageOf(error)}`);
  }
  if (!certificate.checkPrivateKey(createPrivateKey(user.clientKeyData.reveal()))) {
    throw new KubeconfigError(`the client certificate and key of ${kubeletKubeconfigPath} do not match`);
  }
}
