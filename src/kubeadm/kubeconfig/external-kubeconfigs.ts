import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { exists, loadCertificate, placeOf, type Reader, within } from "../certificates/certificate-files.ts";
import { type Checking, warnOfValidity } from "../certificates/check-certificate.ts";
import type { ControlPlaneNode } from "../control-plane/control-plane-node.ts";
import { controlPlaneServer, warnOfEndpointPort } from "../control-plane/servers.ts";
import { type KubeconfigFile, kubeconfigSpecs } from "./control-plane-kubeconfigs.ts";
import { checkExistingKubeconfig } from "./existing-kubeconfig.ts";

/**
 * Checks the kubeconfigs that the user must provide because the CA's key is missing: they must exist and trust the CA.
 * Throws EXTERNAL_CA_INCOMPLETE for the first that does not.
 */
export async function requireProvidedKubeconfigs(
  { node, directory }: { readonly node: ControlPlaneNode; readonly directory: string },
  wanted: readonly KubeconfigFile[],
  ports: Checking & { readonly files: Reader },
): Promise<void> {
  const authorityPath = placeOf(node.cluster.certificatesDir, "ca").certificate;
  const { certificate, intermediates } = await within(
    "the CA file couldn't be loaded",
    loadCertificate(authorityPath, ports.files),
  );
  warnOfValidity("ca", certificate, ports);
  warnOfEndpointPort(node, ports);
  for (const file of wanted) {
    const path = `${directory}/${file}`;
    try {
      if (!(await exists(path, ports.files))) {
        throw new KubeadmError("EXTERNAL_CA_INCOMPLETE", `stat ${path}: no such file or directory`);
      }
      // A file from another machine is certain to have only the endpoint that all control planes share.
      const isLocal = file === "controller-manager.conf" || file === "scheduler.conf";
      const server = isLocal ? kubeconfigSpecs[file].server(node) : controlPlaneServer(node);
      await checkExistingKubeconfig(path, { authorities: [certificate, ...intermediates], server }, ports);
    } catch (error) {
      if (!(error instanceof KubeadmError)) throw error;
      const message = `the ${file} file does not exists or it is not valid: ${error.message}`;
      throw new KubeadmError("EXTERNAL_CA_INCOMPLETE", message, { cause: error, details: { path } });
    }
  }
}
