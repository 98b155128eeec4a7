import { foreignText } from "../../errors/printable-text.ts";
import type { Secret } from "../../errors/secret.ts";
import type { CaBundle } from "../../pki/ca-bundle.ts";
import type { JsonValue } from "../../values/json.ts";

/** A kubeconfig file (client-go's `v1.Config`): all fields that client-go knows. */
export interface Kubeconfig {
  readonly clusters: readonly NamedCluster[];
  readonly contexts: readonly NamedContext[];
  readonly users: readonly NamedUser[];
  readonly currentContext: string;
  readonly extensions?: JsonValue;
}

export interface NamedCluster {
  readonly name: string;
  readonly cluster: ClusterEntry;
}

export interface ClusterEntry {
  readonly server: string;
  /** Decoded from certificate-authority-data. */
  readonly certificateAuthorityData?: CaBundle;
  /** Path of a PEM bundle. */
  readonly certificateAuthority?: string;
  readonly insecureSkipTlsVerify?: boolean;
  readonly tlsServerName?: string;
  readonly proxyUrl?: string;
  readonly disableCompression?: boolean;
  readonly extensions?: JsonValue;
}

export interface NamedContext {
  readonly name: string;
  readonly context: ContextEntry;
}

export interface ContextEntry {
  readonly cluster: string;
  readonly user: string;
  readonly namespace?: string;
  readonly extensions?: JsonValue;
}

export interface NamedUser {
  readonly name: string;
  readonly user: UserEntry;
}

export interface UserEntry {
  readonly token?: Secret;
  readonly tokenFile?: string;
  readonly username?: string;
  readonly password?: Secret;
  /** PEM, decoded from client-certificate-data. */
  readonly clientCertificateData?: string;
  readonly clientCertificate?: string;
  /** PEM, decoded from client-key-data. */
  readonly clientKeyData?: Secret;
  readonly clientKey?: string;
  readonly exec?: ExecPlugin;
  readonly authProvider?: { readonly name: string; readonly config?: Readonly<Record<string, string>> };
  readonly as?: string;
  readonly asUid?: string;
  readonly asGroups?: readonly string[];
  readonly asUserExtra?: Readonly<Record<string, readonly string[]>>;
  readonly extensions?: JsonValue;
}

/** A program that prints credentials (client.authentication.k8s.io). */
export interface ExecPlugin {
  readonly apiVersion: string;
  readonly command: string;
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value: string }[];
  readonly installHint?: string;
  readonly interactiveMode?: string;
  readonly provideClusterInfo?: boolean;
}

/** Thrown for an unusable kubeconfig. */
export class KubeconfigError extends Error {
  override readonly name = "KubeconfigError";

  constructor(message: string, options?: ErrorOptions) {
    super(foreignText(message), options);
  }
}

/**
 * Returns the cluster entry to use, with its name: an unnamed one wins (cluster-info has one), else the current
 * context's. Throws KubeconfigError with upstream's message.
 */
export function clusterEntry(kubeconfig: Kubeconfig): NamedCluster {
  const unnamed = kubeconfig.clusters.find(({ name }) => name === "");
  if (unnamed !== undefined) return unnamed;
  const context = contextOf(kubeconfig);
  if (context === undefined) throw new KubeconfigError(`the current context is invalid: ${kubeconfig.currentContext}`);
  const found = kubeconfig.clusters.find(({ name }) => name === context.context.cluster);
  if (found === undefined) {
    throw new KubeconfigError(`no matching cluster for the current context: ${kubeconfig.currentContext}`);
  }
  return found;
}

export function clusterOf(kubeconfig: Kubeconfig): ClusterEntry {
  return clusterEntry(kubeconfig).cluster;
}

export function contextOf(kubeconfig: Kubeconfig): NamedContext | undefined {
  return kubeconfig.contexts.find(({ name }) => name === kubeconfig.currentContext);
}

/** Returns the current context's cluster, or the unnamed one if there is no context; undefined if it does not exist. */
export function currentCluster(kubeconfig: Kubeconfig): ClusterEntry | undefined {
  const name = contextOf(kubeconfig)?.context.cluster ?? "";
  return kubeconfig.clusters.find((entry) => entry.name === name)?.cluster;
}

/** Returns the kubeconfig with only the cluster entry to use, referenced by the current context if there is one. */
export function withChosenCluster(kubeconfig: Kubeconfig): Kubeconfig {
  const chosen = clusterEntry(kubeconfig);
  const contexts = kubeconfig.contexts.map((entry) =>
    entry.name === kubeconfig.currentContext
      ? { ...entry, context: { ...entry.context, cluster: chosen.name } }
      : entry,
  );
  return { ...kubeconfig, clusters: [chosen], contexts };
}

/** Returns the current context's user; undefined if it has none or one that does not exist. */
export function userOf(kubeconfig: Kubeconfig): UserEntry | undefined {
  const context = contextOf(kubeconfig);
  return kubeconfig.users.find(({ name }) => name === context?.context.user)?.user;
}

/**
 * Reports whether the current context's user has credentials (upstream: util/kubeconfig HasAuthenticationCredentials).
 */
export function hasCredentials(kubeconfig: Kubeconfig): boolean {
  const user = userOf(kubeconfig);
  if (user === undefined) return false;
  const hasCertificate = user.clientCertificateData !== undefined || isGiven(user.clientCertificate);
  const hasKey = user.clientKeyData !== undefined || isGiven(user.clientKey);
  return (
    user.token !== undefined ||
    isGiven(user.tokenFile) ||
    (isGiven(user.username) && user.password !== undefined) ||
    (hasCertificate && hasKey) ||
    isGiven(user.exec?.command) ||
    isGiven(user.authProvider?.name)
  );
}

function isGiven(text: string | undefined): boolean {
  return text !== undefined && text !== "";
}

/** Returns a kubeconfig with one cluster, one user and one context, the form in which kubeadm writes kubeconfigs. */
export function kubeconfigOf(options: {
  readonly clusterName: string;
  readonly cluster: ClusterEntry;
  readonly userName: string;
  readonly user: UserEntry;
}): Kubeconfig {
  const name = `${options.userName}@${options.clusterName}`;
  return {
    clusters: [{ name: options.clusterName, cluster: options.cluster }],
    contexts: [{ name, context: { cluster: options.clusterName, user: options.userName } }],
    users: [{ name: options.userName, user: options.user }],
    currentContext: name,
  };
}

/**
 * Returns the kubeconfig with its only cluster entry, and the current context's reference to it, renamed to the
 * cluster's name.
 */
export function withClusterName(kubeconfig: Kubeconfig, clusterName: string): Kubeconfig {
  const { cluster } = clusterEntry(kubeconfig);
  if (contextOf(kubeconfig) === undefined) {
    throw new KubeconfigError(`"${kubeconfig.currentContext}" set as current-context, but not found in context list`);
  }
  return {
    ...kubeconfig,
    clusters: [{ name: clusterName, cluster }],
    contexts: kubeconfig.contexts.map((entry) =>
      entry.name === kubeconfig.currentContext
        ? { ...entry, context: { ...entry.context, cluster: clusterName } }
        : entry,
    ),
  };
}

/** Returns the kubeconfig with another server in every cluster entry. */
export function withServer(kubeconfig: Kubeconfig, server: string): Kubeconfig {
  const clusters = kubeconfig.clusters.map((entry) => ({ ...entry, cluster: { ...entry.cluster, server } }));
  return { ...kubeconfig, clusters };
}
