import { KubeadmError } from "../../errors/kubeadm-error.ts";
import type { Secret } from "../../errors/secret.ts";
import type { JsonValue } from "../yaml/node.ts";

/** A kubeconfig file's content: how to reach clusters, and as whom. Extensions are kept, unknown fields are not. */
export interface Kubeconfig {
  readonly clusters: readonly NamedCluster[];
  readonly contexts: readonly NamedContext[];
  readonly users: readonly NamedUser[];
  /** "" for none. */
  readonly currentContext: string;
  readonly extensions?: JsonValue;
}

export interface NamedCluster {
  readonly name: string;
  readonly cluster: KubeconfigCluster;
}

export interface NamedContext {
  readonly name: string;
  readonly context: KubeconfigContext;
}

export interface NamedUser {
  readonly name: string;
  readonly user: KubeconfigUser;
}

export interface KubeconfigCluster {
  /** URL of the API server. */
  readonly server?: string;
  readonly tlsServerName?: string;
  readonly insecureSkipTlsVerify?: boolean;
  /** Path of a file. */
  readonly certificateAuthority?: string;
  /** PEM; base64 in the file. */
  readonly certificateAuthorityData?: string;
  readonly proxyUrl?: string;
  readonly disableCompression?: boolean;
  readonly extensions?: JsonValue;
}

export interface KubeconfigContext {
  readonly cluster: string;
  readonly user: string;
  readonly namespace?: string;
  readonly extensions?: JsonValue;
}

export interface KubeconfigUser {
  /** Path of a file. */
  readonly clientCertificate?: string;
  /** PEM; base64 in the file. */
  readonly clientCertificateData?: string;
  /** Path of a file. */
  readonly clientKey?: string;
  /** PEM; base64 in the file. */
  readonly clientKeyData?: Secret;
  readonly token?: Secret;
  /** Path of a file; it outranks `token`. */
  readonly tokenFile?: string;
  readonly username?: string;
  readonly password?: Secret;
  readonly as?: string;
  readonly asUid?: string;
  readonly asGroups?: readonly string[];
  readonly asUserExtra?: Readonly<Record<string, readonly string[]>>;
  readonly authProvider?: AuthProvider;
  readonly exec?: ExecCredentialPlugin;
  readonly extensions?: JsonValue;
}

export interface AuthProvider {
  readonly name: string;
  readonly config?: Readonly<Record<string, string>>;
}

/** A program that fetches credentials (client-go's exec plugins). */
export interface ExecCredentialPlugin {
  readonly command: string;
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value: string }[];
  readonly apiVersion?: string;
  readonly installHint?: string;
  readonly provideClusterInfo?: boolean;
  readonly interactiveMode?: string;
}

/**
 * The cluster that a kubeconfig is about: the one without a name (cluster-info has such a one), else that of the current
 * context.
 */
export function clusterOf(kubeconfig: Kubeconfig): KubeconfigCluster {
  return namedClusterOf(kubeconfig).cluster;
}

export function namedClusterOf(kubeconfig: Kubeconfig): NamedCluster {
  const unnamed = kubeconfig.clusters.find(({ name }) => name === "");
  if (unnamed !== undefined) return unnamed;
  const { currentContext } = kubeconfig;
  const context = kubeconfig.contexts.find(({ name }) => name === currentContext);
  if (context === undefined) throw invalid(`the current context is invalid: ${currentContext}`);
  const cluster = kubeconfig.clusters.find(({ name }) => name === context.context.cluster);
  if (cluster === undefined) throw invalid(`no matching cluster for the current context: ${currentContext}`);
  return cluster;
}

/** The user of the current context; undefined where the file names none. */
export function userOf(kubeconfig: Kubeconfig): KubeconfigUser | undefined {
  const context = kubeconfig.contexts.find(({ name }) => name === kubeconfig.currentContext);
  return kubeconfig.users.find(({ name }) => name === context?.context.user)?.user;
}

/** Whether the current context's user has something to authenticate with. */
export function hasCredentials(kubeconfig: Kubeconfig): boolean {
  const user = userOf(kubeconfig);
  if (user === undefined) return false;
  const isGiven = (value: string | Secret | undefined) =>
    value !== undefined && (typeof value === "string" ? value : value.reveal()) !== "";
  return (
    isGiven(user.token) ||
    isGiven(user.tokenFile) ||
    (isGiven(user.username) && isGiven(user.password)) ||
    ((isGiven(user.clientCertificate) || isGiven(user.clientCertificateData)) &&
      (isGiven(user.clientKey) || isGiven(user.clientKeyData))) ||
    isGiven(user.exec?.command) ||
    isGiven(user.authProvider?.name)
  );
}

function invalid(message: string): KubeadmError {
  return new KubeadmError("KUBECONFIG_INVALID", message);
}
