import { KubeadmError, messageOf } from "../../errors/kubeadm-error.ts";
import { type WritableValue, writeYaml } from "../../go/yaml/write-yaml.ts";
import type { ClusterEntry, Kubeconfig, UserEntry } from "./kubeconfig.ts";

/**
 * Writes the kubeconfig as client-go does (1.35+): keys sorted, lists sorted by name, empty fields and `preferences`
 * omitted. The result contains the credentials.
 */
export function writeKubeconfig(kubeconfig: Kubeconfig): string {
  return writeYaml({
    apiVersion: "v1",
    kind: "Config",
    clusters: byName(kubeconfig.clusters, ({ name, cluster }) => ({ name, cluster: clusterFields(cluster) })),
    contexts: byName(kubeconfig.contexts, ({ name, context }) => ({ name, context: { ...context } })),
    users: byName(kubeconfig.users, ({ name, user }) => ({ name, user: userFields(user) })),
    "current-context": kubeconfig.currentContext,
    extensions: kubeconfig.extensions,
  });
}

/** Go writes null for a nil list. */
function byName<T extends { readonly name: string }>(entries: readonly T[], toWire: (entry: T) => WritableValue) {
  if (entries.length === 0) return null;
  return entries.toSorted((left, right) => (left.name < right.name ? -1 : 1)).map(toWire);
}

function clusterFields(cluster: ClusterEntry): { readonly [key: string]: WritableValue | undefined } {
  return {
    server: cluster.server,
    "certificate-authority-data": base64(authorityPem(cluster)),
    "certificate-authority": cluster.certificateAuthority,
    "insecure-skip-tls-verify": cluster.insecureSkipTlsVerify,
    "tls-server-name": cluster.tlsServerName,
    "proxy-url": cluster.proxyUrl,
    "disable-compression": cluster.disableCompression,
    extensions: cluster.extensions,
  };
}

function authorityPem({ certificateAuthorityData, server }: ClusterEntry): string | undefined {
  try {
    return certificateAuthorityData?.pem;
  } catch (error) {
    const message = `the kubeconfig's certificate-authority-data of ${server} cannot be written: ${messageOf(error)}`;
    throw new KubeadmError("KUBECONFIG_INVALID", message, { cause: error });
  }
}

function userFields(user: UserEntry): { readonly [key: string]: WritableValue | undefined } {
  return {
    token: user.token?.reveal(),
    tokenFile: user.tokenFile,
    username: user.username,
    password: user.password?.reveal(),
    "client-certificate-data": base64(user.clientCertificateData),
    "client-certificate": user.clientCertificate,
    "client-key-data": base64(user.clientKeyData?.reveal()),
    "client-key": user.clientKey,
    as: user.as,
    "as-uid": user.asUid,
    "as-groups": user.asGroups,
    "as-user-extra": user.asUserExtra,
    extensions: user.extensions,
    "auth-provider": user.authProvider === undefined ? undefined : { config: null, ...user.authProvider },
    exec:
      user.exec === undefined
        ? undefined
        : {
            ...user.exec,
            args: user.exec.args === undefined ? null : [...user.exec.args],
            env:
              user.exec.env === undefined || user.exec.env.length === 0
                ? null
                : user.exec.env.map((pair) => ({ ...pair })),
            provideClusterInfo: user.exec.provideClusterInfo ?? false,
          },
  };
}

function base64(text: string | undefined): string | undefined {
  return text === undefined ? undefined : Buffer.from(text).toString("base64");
}
