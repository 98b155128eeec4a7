import type { Identity } from "../../cluster/connections.ts";
import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { Secret } from "../../errors/secret.ts";
import { childEnvironment } from "../../host/find-program.ts";
import { CommandError, type Commands } from "../../host/host.ts";
import { defined } from "../../values/defined.ts";
import { clusterOf, type ExecPlugin, type Kubeconfig, userOf } from "./kubeconfig.ts";

const supportedVersions = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];
/** A plugin may call a cloud's API; one that prompts a user cannot work here. */
const pluginTimeoutMs = 60_000;

export interface ExecPluginPorts {
  readonly commands: Commands;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/**
 * Runs the exec plugin of the current context's user and returns the credentials of the ExecCredential that it prints
 * (client.authentication.k8s.io). The plugin's output never appears in an error.
 */
export async function runExecPlugin(kubeconfig: Kubeconfig, ports: ExecPluginPorts): Promise<Identity> {
  const plugin = userOf(kubeconfig)?.exec;
  if (plugin === undefined) return {};
  if (!supportedVersions.includes(plugin.apiVersion)) {
    throw failed(plugin, `exec plugin: invalid apiVersion "${plugin.apiVersion}"`);
  }
  if (plugin.interactiveMode === "Always") {
    throw failed(
      plugin,
      'exec plugin cannot support interactive mode: it is "Always", and kubeadm does not prompt here',
    );
  }
  const output = await runPlugin(plugin, kubeconfig, ports);
  return credentialsIn(output, plugin);
}

async function runPlugin(plugin: ExecPlugin, kubeconfig: Kubeconfig, ports: ExecPluginPorts): Promise<string> {
  const environment = {
    ...childEnvironment(ports.environment),
    ...Object.fromEntries((plugin.env ?? []).map(({ name, value }) => [name, value])),
    KUBERNETES_EXEC_INFO: JSON.stringify(execInfo(plugin, kubeconfig)),
  };
  try {
    const result = await ports.commands.run([plugin.command, ...(plugin.args ?? [])], {
      signal: ports.signal,
      timeoutMs: pluginTimeoutMs,
      environment,
      readOnly: true,
    });
    if (result.exitCode === 0) return result.stdout;
    throw failed(plugin, `exec: executable ${plugin.command} failed with exit code ${result.exitCode}`);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const hint = plugin.installHint === undefined ? "" : `: ${plugin.installHint}`;
    throw failed(plugin, `exec: ${error.message}${error.code === "not-found" ? hint : ""}`, error);
  }
}

function execInfo(plugin: ExecPlugin, kubeconfig: Kubeconfig): object {
  const { server, certificateAuthorityData, tlsServerName, insecureSkipTlsVerify } = clusterOf(kubeconfig);
  const cluster = {
    server,
    ...defined({ "tls-server-name": tlsServerName, "insecure-skip-tls-verify": insecureSkipTlsVerify }),
    ...(certificateAuthorityData === undefined
      ? {}
      : { "certificate-authority-data": Buffer.from(certificateAuthorityData.pem).toString("base64") }),
    config: null,
  };
  return {
    kind: "ExecCredential",
    apiVersion: plugin.apiVersion,
    spec: { interactive: false, ...(plugin.provideClusterInfo === true ? { cluster } : {}) },
  };
}

function credentialsIn(output: string, plugin: ExecPlugin): Identity {
  let credential: { kind?: unknown; apiVersion?: unknown; status?: Record<string, unknown> } | null;
  try {
    credential = JSON.parse(output) as typeof credential;
  } catch {
    // The parser's own message quotes the text, which may be a credential.
    throw failed(plugin, "exec plugin: decoding stdout: it is not JSON");
  }
  if (credential?.kind !== "ExecCredential" || credential.apiVersion !== plugin.apiVersion) {
    throw failed(plugin, `exec plugin is configured to use API version ${plugin.apiVersion}, plugin returned another`);
  }
  const { token, clientCertificateData, clientKeyData } = credential.status ?? {};
  if (typeof clientCertificateData === "string" && typeof clientKeyData === "string") {
    return { clientCertificate: clientCertificateData, clientKey: new Secret(clientKeyData) };
  }
  if (typeof token === "string" && token !== "") return { token: new Secret(token) };
  throw failed(plugin, "exec plugin didn't return a token or cert/key pair");
}

function failed(plugin: ExecPlugin, message: string, cause?: unknown): KubeadmError {
  return new KubeadmError("DISCOVERY_FILE_INVALID", message, {
    cause,
    details: { command: plugin.command },
    remedy: `Run ${plugin.command} manually as root on this machine: it must print an ExecCredential.`,
  });
}
