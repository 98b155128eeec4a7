import { KubeadmError, messageOf } from "../../errors/kubeadm-error.ts";
import { Secret } from "../../errors/secret.ts";
import type { Files } from "../../host/host.ts";
import { CaBundle } from "../../pki/ca-bundle.ts";
import { contextOf, type Kubeconfig, type NamedCluster, type NamedUser } from "./kubeconfig.ts";

type Reader = Pick<Files, "readText">;

/**
 * Returns the kubeconfig with the CA file of its current cluster, and the certificate, key and token files of its
 * current user, embedded: bootstrap-kubelet.conf must not reference files of the user who prepared it. `exec` and
 * `auth-provider` are unchanged. Paths are relative to the working directory, same as upstream.
 */
export async function embedFiles(kubeconfig: Kubeconfig, files: Reader): Promise<Kubeconfig> {
  const { cluster: clusterName, user: userName } = contextOf(kubeconfig)?.context ?? { cluster: "", user: undefined };
  return {
    ...kubeconfig,
    clusters: await Promise.all(
      kubeconfig.clusters.map((entry) => (entry.name === clusterName ? embedAuthority(entry, files) : entry)),
    ),
    users: await Promise.all(
      kubeconfig.users.map((entry) => (entry.name === userName ? embedCredentials(entry, files) : entry)),
    ),
  };
}

async function embedAuthority(entry: NamedCluster, files: Reader): Promise<NamedCluster> {
  const { certificateAuthority, ...cluster } = entry.cluster;
  // An entry with both is invalid; building client settings from it fails later.
  if (certificateAuthority === undefined || cluster.certificateAuthorityData !== undefined) return entry;
  const what = unreadable("certificate-authority", certificateAuthority, entry.name);
  const certificateAuthorityData = CaBundle.parse(await read(certificateAuthority, what, files));
  return { ...entry, cluster: { ...cluster, certificateAuthorityData } };
}

/** Returns the message of client-go's validation, which reads the files first. */
function unreadable(field: string, path: string, name: string): string {
  return `invalid configuration: unable to read ${field} ${path} for ${name} due to`;
}

async function embedCredentials(entry: NamedUser, files: Reader): Promise<NamedUser> {
  const { clientCertificate, clientKey, tokenFile, ...rest } = entry.user;
  const certificate = unreadable("client-cert", clientCertificate ?? "", entry.name);
  const key = unreadable("client-key", clientKey ?? "", entry.name);
  const token = "error while reading token file defined in kubeconfig:";
  const user = {
    ...rest,
    ...(clientCertificate === undefined
      ? {}
      : rest.clientCertificateData === undefined
        ? { clientCertificateData: await read(clientCertificate, certificate, files) }
        : { clientCertificate }),
    ...(clientKey === undefined
      ? {}
      : rest.clientKeyData === undefined
        ? { clientKeyData: new Secret(await read(clientKey, key, files)) }
        : { clientKey }),
    // client-go: a token file wins over a token, since it may be renewed.
    ...(tokenFile === undefined ? {} : { token: new Secret((await read(tokenFile, token, files)).trim()) }),
  };
  return { ...entry, user };
}

async function read(path: string, what: string, files: Reader): Promise<string> {
  try {
    return await files.readText(path);
  } catch (error) {
    throw new KubeadmError("DISCOVERY_FILE_INVALID", `${what} ${messageOf(error)}`, {
      cause: error,
      details: { path },
    });
  }
}
