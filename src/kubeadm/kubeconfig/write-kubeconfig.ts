import { Secret } from "../../errors/secret.ts";
import { type WritableValue, writeYaml } from "../yaml/write-yaml.ts";
import type { Kubeconfig, KubeconfigCluster, KubeconfigUser } from "./kubeconfig.ts";

/**
 * The file's text as upstream writes it: entries sorted by name, empty fields left out. Secret, as soon as a user has
 * credentials; hence the type.
 */
export function writeKubeconfig(kubeconfig: Kubeconfig): Secret {
  return new Secret(
    writeYaml({
      apiVersion: "v1",
      kind: "Config",
      clusters: listOrNull(kubeconfig.clusters, ({ name, cluster }) => ({ name, cluster: wireCluster(cluster) })),
      contexts: listOrNull(kubeconfig.contexts, ({ name, context }) => ({
        name,
        context: withoutEmpty({ namespace: context.namespace, extensions: context.extensions }, context),
      })),
      users: listOrNull(kubeconfig.users, ({ name, user }) => ({ name, user: wireUser(user) })),
      "current-context": kubeconfig.currentContext,
      extensions: kubeconfig.extensions,
    }),
  );
}

/** An empty list is `null`, since Go knows no other for one that was never made. */
function listOrNull<T extends { readonly name: string }>(
  entries: readonly T[],
  toWire: (entry: T) => WritableValue,
): WritableValue {
  if (entries.length === 0) return null;
  return entries.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(toWire);
}

type WireObject = { readonly [key: string]: WritableValue | undefined };

function withoutEmpty(optional: WireObject, context: { readonly cluster: string; readonly user: string }): WireObject {
  return { cluster: context.cluster, user: context.user, ...nonEmpty(optional) };
}

function nonEmpty(fields: WireObject): WireObject {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== "" && value !== false),
  );
}

function wireCluster(cluster: KubeconfigCluster): WireObject {
  return {
    server: cluster.server ?? "",
    ...nonEmpty({
      "tls-server-name": cluster.tlsServerName,
      "insecure-skip-tls-verify": cluster.insecureSkipTlsVerify,
      "certificate-authority": cluster.certificateAuthority,
      "certificate-authority-data": encodeBase64(cluster.certificateAuthorityData),
      "proxy-url": cluster.proxyUrl,
      "disable-compression": cluster.disableCompression,
      extensions: cluster.extensions,
    }),
  };
}

function wireUser(user: KubeconfigUser): WireObject {
  return nonEmpty({
    "client-certificate": user.clientCertificate,
    "client-certificate-data": encodeBase64(user.clientCertificateData),
    "client-key": user.clientKey,
    "client-key-data": encodeBase64(user.clientKeyData?.reveal()),
    token: user.token?.reveal(),
    tokenFile: user.tokenFile,
    username: user.username,
    password: user.password?.reveal(),
    as: user.as,
    "as-uid": user.asUid,
    "as-groups": user.asGroups,
    "as-user-extra": user.asUserExtra,
    "auth-provider": wireAuthProvider(user),
    exec: wireExec(user),
    extensions: user.extensions,
  });
}

/** client-go writes the fields of a plugin that are empty, too. */
function wireExec({ exec }: KubeconfigUser): WritableValue | undefined {
  if (exec === undefined) return undefined;
  return {
    apiVersion: exec.apiVersion ?? "",
    args: exec.args ?? null,
    command: exec.command,
    env: exec.env?.map(({ name, value }) => ({ name, value })) ?? null,
    provideClusterInfo: exec.provideClusterInfo ?? false,
    ...nonEmpty({ installHint: exec.installHint, interactiveMode: exec.interactiveMode }),
  };
}

function wireAuthProvider({ authProvider }: KubeconfigUser): WritableValue | undefined {
  return authProvider === undefined ? undefined : { name: authProvider.name, config: authProvider.config ?? null };
}

function encodeBase64(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const bytes = new TextEncoder().encode(text);
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}
