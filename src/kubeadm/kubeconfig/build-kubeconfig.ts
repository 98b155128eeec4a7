import { KubeadmError } from "../../errors/kubeadm-error.ts";
import type { Secret } from "../../errors/secret.ts";
import { goQuote } from "../apis/go-quote.ts";
import { joinHostPort } from "../apis/host-port.ts";
import { kubeletCurrentCertificatePath } from "../paths.ts";
import { clusterOf, type Kubeconfig, type KubeconfigCluster, type KubeconfigUser, namedClusterOf } from "./kubeconfig.ts";

export interface SingleUserOptions {
  readonly cluster: KubeconfigCluster;
  readonly clusterName: string;
  readonly user: KubeconfigUser;
  readonly userName: string;
}

/** One cluster, one user, and the context `user@cluster` that joins them. */
export function singleUserKubeconfig(options: SingleUserOptions): Kubeconfig {
  const { cluster, clusterName, user, userName } = options;
  const currentContext = `${userName}@${clusterName}`;
  return {
    clusters: [{ name: clusterName, cluster }],
    contexts: [{ name: currentContext, context: { cluster: clusterName, user: userName } }],
    users: [{ name: userName, user }],
    currentContext,
  };
}

/**
 * What the kubelet bootstraps with: the discovered cluster's address and CA and the token, and nothing else of the
 * discovered file.
 */
export function tokenBootstrapKubeconfig(discovered: Kubeconfig, token: Secret): Kubeconfig {
  const { server, certificateAuthorityData } = clusterOf(discovered);
  return singleUserKubeconfig({
    cluster: {
      ...(server === undefined ? {} : { server }),
      ...(certificateAuthorityData === undefined ? {} : { certificateAuthorityData }),
    },
    clusterName: "kubernetes",
    user: { token },
    userName: "tls-bootstrap-token-user",
  });
}

/** The same kubeconfig with its one cluster under the name that the cluster's configuration gives it. */
export function withClusterName(kubeconfig: Kubeconfig, clusterName: string): Kubeconfig {
  const malformed = (reason: string) =>
    new KubeadmError("KUBECONFIG_INVALID", `the TLS bootstrap kubeconfig is malformed: ${reason}`);
  let cluster: KubeconfigCluster;
  try {
    cluster = namedClusterOf(kubeconfig).cluster;
  } catch (error) {
    if (error instanceof KubeadmError) throw malformed(error.message);
    throw error;
  }
  const { currentContext } = kubeconfig;
  if (!kubeconfig.contexts.some(({ name }) => name === currentContext)) {
    throw malformed(`${goQuote(currentContext)} set as current-context, but not found in context list`);
  }
  const contexts = kubeconfig.contexts.map(({ name, context }) =>
    name === currentContext ? { name, context: { ...context, cluster: clusterName } } : { name, context },
  );
  return { ...kubeconfig, clusters: [{ name: clusterName, cluster }], contexts };
}

/** Every cluster's server replaced: a joining control plane's kubelet talks to the API server beside it. */
export function withServer(kubeconfig: Kubeconfig, server: string): Kubeconfig {
  const clusters = kubeconfig.clusters.map(({ name, cluster }) => ({ name, cluster: { ...cluster, server } }));
  return { ...kubeconfig, clusters };
}

/** URL of the API server at an address of this machine. */
export function serverUrl(address: string, port: number): string {
  return `https://${joinHostPort(address, port)}`;
}

/** kubelet.conf as the kubelet writes it at its bootstrap: the certificate store's current pair. */
export function kubeletKubeconfig(
  cluster: KubeconfigCluster,
  certificatePath: string = kubeletCurrentCertificatePath,
): Kubeconfig {
  const { server, certificateAuthority, certificateAuthorityData, insecureSkipTlsVerify } = cluster;
  return {
    clusters: [
      {
        name: "default-cluster",
        cluster: {
          ...(server === undefined ? {} : { server }),
          ...(certificateAuthority === undefined ? {} : { certificateAuthority }),
          ...(certificateAuthorityData === undefined ? {} : { certificateAuthorityData }),
          ...(insecureSkipTlsVerify === undefined ? {} : { insecureSkipTlsVerify }),
        },
      },
    ],
    contexts: [
      { name: "default-context", context: { cluster: "default-cluster", namespace: "default", user: "default-auth" } },
    ],
    users: [{ name: "default-auth", user: { clientCertificate: certificatePath, clientKey: certificatePath } }],
    currentContext: "default-context",
  };
}
