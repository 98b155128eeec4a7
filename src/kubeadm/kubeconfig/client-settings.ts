import type { Identity, ServerSettings } from "../../cluster/connections.ts";
import { CaBundleError } from "../../pki/ca-bundle.ts";
import { defined } from "../../values/defined.ts";
import {
  type ClusterEntry,
  currentCluster,
  type Kubeconfig,
  KubeconfigError,
  type UserEntry,
  userOf,
} from "./kubeconfig.ts";
import { requireUsable, withoutCredentials } from "./validate-kubeconfig.ts";

/** Runs the exec plugin, if there is one, and returns its credentials. */
export type RunExecPlugin = (kubeconfig: Kubeconfig) => Promise<Identity>;

export interface ClientPorts {
  readonly runExecPlugin: RunExecPlugin;
  /** PEM of the CAs that the machine trusts, for servers whose CA the kubeconfig does not name. */
  readonly machineAuthorities: () => Promise<string>;
}

/** All settings of a connection. */
export interface ClientSettings {
  readonly server: string;
  readonly settings: ServerSettings;
  readonly identity: Identity;
}

/**
 * Returns the settings of a connection to the cluster of a kubeconfig's current context, as its user; the only way from
 * a kubeconfig to a connection. Files must be embedded. Throws KubeconfigError if client-go could not build a client.
 */
export async function clientSettings(kubeconfig: Kubeconfig, ports: ClientPorts): Promise<ClientSettings> {
  within("failed to create API client configuration from kubeconfig", () => requireUsable(kubeconfig));
  const cluster = currentCluster(kubeconfig) ?? { server: "" };
  within("failed to create API client", () => requireConnectable(cluster, userOf(kubeconfig)));
  const { server, proxyUrl } = cluster;
  const proxy = defined({ proxy: proxyUrl });
  // Credentials are only for servers that can be verified, as in client-go.
  if (new URL(server).protocol === "http:") return { server, settings: proxy, identity: {} };
  const settings = { ...(await verification(cluster, ports)), ...proxy };
  return { server, settings, identity: await identityOf(kubeconfig, ports) };
}

function within(context: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    throw error instanceof KubeconfigError ? new KubeconfigError(`${context}: ${error.message}`) : error;
  }
}

/**
 * Throws KubeconfigError for settings that this program does not support. client-go is less strict with URLs, and
 * supports SOCKS proxies and impersonation; ignoring these would mean to connect to another server, or as another user.
 */
function requireConnectable(cluster: ClusterEntry, user: UserEntry | undefined): void {
  const { server, proxyUrl, insecureSkipTlsVerify, certificateAuthorityData } = cluster;
  requireUrl("the server", server);
  if (proxyUrl !== undefined) {
    if (/^socks5:/i.test(proxyUrl)) {
      const shown = JSON.stringify(withoutCredentials(proxyUrl));
      throw new KubeconfigError(
        `proxy-url ${shown} names a SOCKS proxy, which is not supported: it must be http or https`,
      );
    }
    requireUrl("proxy-url", proxyUrl);
  }
  const { username, password } = new URL(server);
  if (username + password !== "") throw new KubeconfigError("the server has credentials in its URL");
  if (user?.authProvider !== undefined) {
    throw new KubeconfigError(`no Auth Provider found for name ${JSON.stringify(user.authProvider.name)}`);
  }
  if (user?.as !== undefined) throw new KubeconfigError("impersonation (as) is not supported");
  if (insecureSkipTlsVerify === true && certificateAuthorityData !== undefined) {
    throw new KubeconfigError("specifying a root certificates file with the insecure flag is not allowed");
  }
}

function requireUrl(what: string, text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && (url.protocol === "https:" || url.protocol === "http:")) return;
  throw new KubeconfigError(`${what} ${JSON.stringify(withoutCredentials(text))} is not an https URL`);
}

async function verification(cluster: ClusterEntry, ports: ClientPorts): Promise<ServerSettings> {
  const { certificateAuthorityData: authority, tlsServerName, insecureSkipTlsVerify } = cluster;
  const name = defined({ serverName: tlsServerName });
  if (insecureSkipTlsVerify === true) return { ...name, insecureSkipVerify: true };
  try {
    return { ...name, certificateAuthority: authority?.pem ?? (await ports.machineAuthorities()) };
  } catch (error) {
    if (!(error instanceof CaBundleError)) throw error;
    throw new KubeconfigError(`failed to create API client: unable to load root certificates: ${error.message}`);
  }
}

/**
 * Returns the user's credentials, of which there may be several; a plugin runs only if there are no others. Anonymous
 * without any.
 */
async function identityOf(kubeconfig: Kubeconfig, { runExecPlugin }: ClientPorts): Promise<Identity> {
  const user = userOf(kubeconfig);
  if (user === undefined) return {};
  const { token, username, password, clientCertificateData, clientKeyData, exec } = user;
  const hasCertificate = clientCertificateData !== undefined && clientKeyData !== undefined;
  const identity = {
    ...defined({ token }),
    ...(username === undefined || password === undefined ? {} : { basicAuth: { username, password } }),
    ...(hasCertificate ? { clientCertificate: clientCertificateData, clientKey: clientKeyData } : {}),
  };
  return exec !== undefined && Object.keys(identity).length === 0 ? runExecPlugin(kubeconfig) : identity;
}
