import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { Secret } from "../../errors/secret.ts";
import type { EtcdCredentials } from "../../etcd/etcd.ts";
import { FileError } from "../../host/file-error.ts";
import type { Files } from "../../host/host.ts";
import { CaBundle, CaBundleError } from "../../pki/ca-bundle.ts";

/**
 * Reads the etcd client certificate of kubeadm and the probes, and etcd's CA. Throws ETCD_UNTRUSTED if a file cannot be
 * read.
 */
export async function readEtcdCredentials(
  certificatesDirectory: string,
  files: Pick<Files, "readText">,
): Promise<EtcdCredentials> {
  const directory = `${certificatesDirectory}/etcd`;
  try {
    const [certificateAuthority, clientCertificate, clientKey] = await Promise.all(
      ["ca.crt", "healthcheck-client.crt", "healthcheck-client.key"].map((name) =>
        files.readText(`${directory}/${name}`),
      ),
    );
    return {
      certificateAuthority: CaBundle.parse(certificateAuthority ?? "").pem,
      clientCertificate: clientCertificate ?? "",
      clientKey: new Secret(clientKey ?? ""),
    };
  } catch (error) {
    if (!(error instanceof FileError || error instanceof CaBundleError)) throw error;
    throw new KubeadmError("ETCD_UNTRUSTED", `error loading the etcd client certificate: ${error.message}`, {
      cause: error,
      details: { path: error instanceof FileError ? error.path : `${directory}/ca.crt` },
      remedy: `Create the certificates with \`kubeadm join phase control-plane-prepare certs\` (they need ca.crt and ca.key in ${directory}).`,
    });
  }
}
