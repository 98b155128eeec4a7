import type { Identity, ServerSettings } from "../../cluster/connections.ts";
import { Secret } from "../../errors/secret.ts";
import { type ClusterEntry, type Kubeconfig, userOf } from "./kubeconfig.ts";

/** How the cluster entry wants its server to be verified. CA files must have been embedded. */
export function serverSettings(cluster: ClusterEntry): ServerSettings {
  return {
    ...(cluster.certificateAuthorityData === undefined
      ? {}
      : { certificateAuthority: cluster.certificateAuthorityData.pem }),
    ...(cluster.insecureSkipTlsVerify === true ? { insecureSkipVerify: true } : {}),
    ...(cluster.tlsServerName === undefined ? {} : { serverName: cluster.tlsServerName }),
  };
}

/** What the exec plugin, if there is one, answered. */
export type RunExecPlugin = (kubeconfig: Kubeconfig) => Promise<Identity>;

/** Who the current context's user is; files must have been embedded. Anonymous where it has no credentials. */
export async function identityOf(kubeconfig: Kubeconfig, runExecPlugin: RunExecPlugin): Promise<Identity> {
  const user = userOf(kubeconfig);
  if (user === undefined) return {};
  if (user.exec !== undefined && user.exec.command !== "") return runExecPlugin(kubeconfig);
  if (user.clientCertificateData !== undefined && user.clientKeyData !== undefined) {
    return { clientCertificate: user.clientCertificateData, clientKey: user.clientKeyData };
  }
  if (user.token !== undefined) return { token: new Secret(user.token.reveal()) };
  return {};
}
