import { KubeadmError, messageOf } from "../../errors/kubeadm-error.ts";
import { Secret } from "../../errors/secret.ts";
import type { Files } from "../../host/host.ts";
import { CaBundle } from "../../pki/ca-bundle.ts";
import { clusterEntry, contextOf, type Kubeconfig, type NamedCluster, type UserEntry, userOf } from "./kubeconfig.ts";

type Reader = Pick<Files, "readText">;

/**
 * The kubeconfig with the CA file of its chosen cluster, and certificate, key and token files of its current user, read
 * into it: what is written to bootstrap-kubelet.conf must not point at files of whoever prepared it. `exec` and
 * `auth-provider` stay as they are. Paths are relative to the working directory, as upstream has it.
 */
export async function embedFiles(kubeconfig: Kubeconfig, files: Reader): Promise<Kubeconfig> {
  const chosen = await embedAuthority(clusterEntry(kubeconfig), files);
  const userName = contextOf(kubeconfig)?.context.user;
  const user = userOf(kubeconfig);
  const embedded = user === undefined ? undefined : await embedUser(user, files);
  return {
    ...kubeconfig,
    clusters: kubeconfig.clusters.map((entry) => (entry.name === chosen.name ? chosen : entry)),
    users: kubeconfig.users.map((entry) =>
      entry.name === userName && embedded !== undefined ? { ...entry, user: embedded } : entry,
    ),
  };
}

async function embedAuthority(entry: NamedCluster, files: Reader): Promise<NamedCluster> {
  const { certificateAuthority, ...cluster } = entry.cluster;
  if (certificateAuthority === undefined || cluster.certificateAuthorityData !== undefined)
    return { ...entry, cluster };
  const what = "error while reading certificate authority file defined in kubeconfig";
  const certificateAuthorityData = CaBundle.parse(await read(certificateAuthority, what, files));
  return { ...entry, cluster: { ...cluster, certificateAuthorityData } };
}

async function embedUser(user: UserEntry, files: Reader): Promise<UserEntry> {
  const { clientCertificate, clientKey, tokenFile, ...rest } = user;
  const certificate = "error while reading client cert file defined in kubeconfig";
  const key = "error while reading client key file defined in kubeconfig";
  const token = "error while reading token file defined in kubeconfig";
  return {
    ...rest,
    ...(clientCertificate === undefined || rest.clientCertificateData !== undefined
      ? {}
      : { clientCertificateData: await read(clientCertificate, certificate, files) }),
    ...(clientKey === undefined || rest.clientKeyData !== undefined
      ? {}
      : { clientKeyData: new Secret(await read(clientKey, key, files)) }),
    // client-go: a token file wins over a token, since it may be renewed.
    ...(tokenFile === undefined ? {} : { token: new Secret((await read(tokenFile, token, files)).trim()) }),
  };
}

async function read(path: string, what: string, files: Reader): Promise<string> {
  try {
    return await files.readText(path);
  } catch (error) {
    throw new KubeadmError("DISCOVERY_FILE_INVALID", `${what}: ${messageOf(error)}`, {
      cause: error,
      details: { path },
    });
  }
}
