import { goQuote } from "../../go/quote.ts";
import { parseGoUrl, UrlError } from "../../go/url.ts";
import {
  type ClusterEntry,
  contextOf,
  currentCluster,
  type ExecPlugin,
  type Kubeconfig,
  KubeconfigError,
  type NamedContext,
  type UserEntry,
  userOf,
} from "./kubeconfig.ts";

const empty = "no configuration has been provided, try setting KUBERNETES_MASTER environment variable";

/** Throws KubeconfigError if any part of the file is invalid, with client-go's message (clientcmd.Validate). */
export function requireValid(kubeconfig: Kubeconfig): void {
  const { clusters, contexts, users, currentContext } = kubeconfig;
  if (clusters.length + contexts.length + users.length === 0 && currentContext === "") throw invalid([empty]);
  const problems = [
    ...(currentContext !== "" && contextOf(kubeconfig) === undefined ? [contextNotFound(currentContext)] : []),
    ...contexts.flatMap((entry) => contextProblems(entry, kubeconfig)),
    ...users.flatMap(({ name, user }) => userProblems(name, user)),
    ...clusters.flatMap(({ name, cluster }) => clusterProblems(name, cluster)),
  ];
  if (problems.length > 0) throw invalid(problems);
}

/** Checks only what a client is built from: the current context's user and cluster (clientcmd.ConfirmUsable). */
export function requireUsable(kubeconfig: Kubeconfig): void {
  const context = contextOf(kubeconfig)?.context;
  if (kubeconfig.currentContext !== "" && context === undefined) {
    throw new KubeconfigError(contextNotFound(kubeconfig.currentContext));
  }
  const user = userOf(kubeconfig);
  const cluster = currentCluster(kubeconfig);
  const ofUser = user === undefined ? [] : userProblems(context?.user ?? "", user);
  if (cluster === undefined) throw invalid([...ofUser, ofUser.length === 0 ? empty : "cluster has no server defined"]);
  const problems = [...ofUser, ...clusterProblems(context?.cluster ?? "", cluster)];
  if (problems.length > 0) throw invalid(problems);
}

function invalid(problems: readonly string[]): KubeconfigError {
  const [first = "", ...more] = new Set(problems);
  return new KubeconfigError(
    `invalid configuration: ${more.length === 0 ? first : `[${[first, ...more].join(", ")}]`}`,
  );
}

function contextNotFound(name: string): string {
  return `context was not found for specified context: ${name}`;
}

function contextProblems({ name, context }: NamedContext, { users, clusters }: Kubeconfig): readonly string[] {
  const problems: string[] = [];
  const quoted = goQuote(name);
  if (name === "") problems.push("empty context name is not allowed");
  if (context.user === "") problems.push(`user was not specified for context ${quoted}`);
  else if (!users.some((entry) => entry.name === context.user)) {
    problems.push(`user ${goQuote(context.user)} was not found for context ${quoted}`);
  }
  if (context.cluster === "") problems.push(`cluster was not specified for context ${quoted}`);
  else if (!clusters.some((entry) => entry.name === context.cluster)) {
    problems.push(`cluster ${goQuote(context.cluster)} was not found for context ${quoted}`);
  }
  const { namespace = "" } = context;
  if (namespace !== "" && !/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(namespace)) {
    const rules = "does not conform to the kubernetes DNS_LABEL rules";
    problems.push(`namespace ${goQuote(namespace)} for context ${quoted} ${rules}`);
  }
  return problems;
}

function clusterProblems(name: string, cluster: ClusterEntry): readonly string[] {
  const { server, proxyUrl, certificateAuthority, certificateAuthorityData } = cluster;
  const problems: string[] = [];
  if (server === "") {
    problems.push(
      name === "" ? "default cluster has no server defined" : `no server found for cluster ${goQuote(name)}`,
    );
  }
  if (proxyUrl !== undefined) problems.push(...proxyProblems(name, proxyUrl));
  if (certificateAuthority !== undefined && certificateAuthorityData !== undefined) {
    const both = "certificate-authority-data and certificate-authority are both specified for";
    problems.push(`${both} ${name}. certificate-authority-data will override.`);
  }
  return problems;
}

function proxyProblems(name: string, text: string): readonly string[] {
  const shown = withoutCredentials(text);
  const invalidUrl = `invalid 'proxy-url' ${goQuote(shown)} for cluster ${goQuote(name)}`;
  const scheme = schemeOf(text);
  if (scheme === undefined) return [`${invalidUrl}: could not parse: ${shown}`];
  if (["http", "https", "socks5"].includes(scheme)) return [];
  return [`${invalidUrl}: unsupported scheme ${goQuote(scheme)}, must be http, https, or socks5`];
}

function schemeOf(text: string): string | undefined {
  try {
    return parseGoUrl(text).scheme;
  } catch (error) {
    if (error instanceof UrlError) return undefined;
    throw error;
  }
}

/** Removes user and password from a URL, for messages. */
export function withoutCredentials(text: string): string {
  const at = text.lastIndexOf("@");
  return at < 0 ? text : `…${text.slice(at)}`;
}

function userProblems(name: string, user: UserEntry): readonly string[] {
  const problems: string[] = [];
  const methods = [
    ...(user.token === undefined ? [] : ["token"]),
    ...(user.username === undefined && user.password === undefined ? [] : ["basicAuth"]),
  ];
  const hasKey = (user.clientKey ?? user.clientKeyData) !== undefined;
  if ((user.clientCertificate ?? user.clientCertificateData) !== undefined) {
    if (user.clientCertificate !== undefined && user.clientCertificateData !== undefined) {
      const both = "client-cert-data and client-cert are both specified for";
      problems.push(`${both} ${name}. client-cert-data will override.`);
    }
    if (user.clientKey !== undefined && user.clientKeyData !== undefined) {
      problems.push(`client-key-data and client-key are both specified for ${name}; client-key-data will override`);
    }
    if (!hasKey) {
      const missing = `client-key-data or client-key must be specified for ${name}`;
      problems.push(`${missing} to use the clientCert authentication method.`);
    }
  }
  if (user.exec !== undefined) problems.push(...execProblems(name, user.exec, user.authProvider !== undefined));
  if (methods.length > 1) {
    const found = `more than one authentication method found for ${name}; found [${methods.join(" ")}]`;
    problems.push(`${found}, only one is allowed`);
  }
  const isMore =
    user.asUid !== undefined || (user.asGroups?.length ?? 0) > 0 || Object.keys(user.asUserExtra ?? {}).length > 0;
  if (isMore && user.as === undefined) {
    problems.push(`requesting uid, groups or user-extra for ${name} without impersonating a user`);
  }
  return problems;
}

const interactiveModes = ["Never", "IfAvailable", "Always"];

function execProblems(name: string, exec: ExecPlugin, hasProvider: boolean): readonly string[] {
  const { command, apiVersion, env = [], interactiveMode = "" } = exec;
  const missing = (what: string) => `${what} must be specified for ${name} to use exec authentication plugin`;
  return [
    ...(hasProvider ? [`authProvider cannot be provided in combination with an exec plugin for ${name}`] : []),
    ...(command === "" ? [missing("command")] : []),
    ...(apiVersion === "" ? [missing("apiVersion")] : []),
    ...env.flatMap((variable) => (variable.name === "" ? [missing("env variable name")] : [])),
    ...(interactiveMode === "" ? [missing("interactiveMode")] : []),
    ...(interactiveMode === "" || interactiveModes.includes(interactiveMode)
      ? []
      : [`invalid interactiveMode for ${name}: ${goQuote(interactiveMode)}`]),
  ];
}
