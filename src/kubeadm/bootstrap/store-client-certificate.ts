import { allEnded } from "../../async/all-ended.ts";
import type { Files } from "../../host/host.ts";
import { defined } from "../../values/defined.ts";
import { clusterOf, type Kubeconfig } from "../kubeconfig/kubeconfig.ts";
import { writeKubeconfig } from "../kubeconfig/write-kubeconfig.ts";
import { makeKubeletDirectory } from "../kubelet/kubelet-directory.ts";
import { kubeletCurrentCertificatePath, kubeletKubeconfigPath, kubeletPkiDirectory } from "../paths.ts";
import type { ClientCertificate } from "./obtain-client-certificate.ts";

/**
 * Writes the certificate and the kubeconfig as the kubelet's own bootstrap does (its certificate store and
 * pkg/kubelet/certificate/bootstrap): the pair in one dated PEM file, a link to the current one, names `default-…`. No
 * kubelet may run meanwhile: the kubeconfig can be there before the files that it references.
 */
export async function storeClientCertificate(
  files: Files,
  { certificate, bootstrap, now }: { certificate: ClientCertificate; bootstrap: Kubeconfig; now: Date },
): Promise<void> {
  const pair = `${kubeletPkiDirectory}/kubelet-client-${certificateTimestamp(now)}.pem`;
  const content = certificate.certificate + withLineEnd(certificate.privateKey.reveal());
  await makeKubeletDirectory(files);
  await files.makeDirectory(kubeletPkiDirectory, { mode: 0o755 });
  const kubeconfig = writeKubeconfig(kubeletKubeconfig(bootstrap));
  await allEnded([
    files.write(pair, content, { mode: 0o600, secret: true }),
    files.link(kubeletCurrentCertificatePath, pair),
    files.write(kubeletKubeconfigPath, kubeconfig, { mode: 0o600, secret: true }),
  ]);
}

/**
 * Returns the kubelet's kubeconfig, with the kubelet's entry names; server, CA and TLS settings come from the bootstrap
 * kubeconfig.
 */
export function kubeletKubeconfig(bootstrap: Kubeconfig): Kubeconfig {
  const { server, certificateAuthorityData, certificateAuthority, insecureSkipTlsVerify, tlsServerName } =
    clusterOf(bootstrap);
  return {
    clusters: [
      {
        name: "default-cluster",
        cluster: {
          server,
          ...defined({ certificateAuthorityData, certificateAuthority, insecureSkipTlsVerify, tlsServerName }),
        },
      },
    ],
    contexts: [
      {
        name: "default-context",
        context: { cluster: "default-cluster", namespace: "default", user: "default-auth" },
      },
    ],
    users: [
      {
        name: "default-auth",
        user: { clientCertificate: kubeletCurrentCertificatePath, clientKey: kubeletCurrentCertificatePath },
      },
    ],
    currentContext: "default-context",
  };
}

/** Go's layout 2006-01-02-15-04-05 in local time (which `now` has in its UTC fields), as client-go's certificate store names its files. */
export function certificateTimestamp(now: Date): string {
  const two = (part: number) => String(part).padStart(2, "0");
  const day = [now.getUTCFullYear(), two(now.getUTCMonth() + 1), two(now.getUTCDate())];
  return [...day, two(now.getUTCHours()), two(now.getUTCMinutes()), two(now.getUTCSeconds())].join("-");
}

function withLineEnd(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}
