import type { Cluster } from "../../cluster/cluster.ts";
import type { Connections } from "../../cluster/connections.ts";
import { isKubeadmError, KubeadmError } from "../../errors/kubeadm-error.ts";
import type { Events } from "../../events/events.ts";
import { FileError } from "../../host/file-error.ts";
import type { Host } from "../../host/host.ts";
import { machineAuthorities } from "../discovery/machine-authorities.ts";
import { type ClientPorts, clientSettings } from "./client-settings.ts";
import { embedFiles } from "./embed-credentials.ts";
import { runExecPlugin } from "./exec-credential.ts";
import { type Kubeconfig, KubeconfigError } from "./kubeconfig.ts";
import { loadKubeconfig } from "./read-kubeconfig.ts";

export interface KubeconfigPorts {
  readonly files: Pick<Host["files"], "readText" | "list">;
  readonly commands: Host["commands"];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly events: Events;
  readonly signal: AbortSignal;
}

/** Reads the kubeconfig and embeds the files that it references; `context` says in upstream's words what it is for, if they do. */
export async function loadKubeconfigFor(
  context: string,
  path: string,
  files: Pick<Host["files"], "readText">,
): Promise<Kubeconfig> {
  try {
    return await embedFiles(await loadKubeconfig(files, path), files);
  } catch (error) {
    throw unusable(error, context === "" ? "" : `${context}: `, path);
  }
}

/**
 * Returns a client for the current context's cluster and user; files that the kubeconfig still references are read for
 * it.
 */
export async function openKubeconfig(
  kubeconfig: Kubeconfig,
  path: string,
  options: KubeconfigPorts & { readonly connections: Connections },
): Promise<Cluster> {
  try {
    const embedded = await embedFiles(kubeconfig, options.files);
    const { server, settings, identity } = await clientSettings(embedded, clientPorts(options));
    if (settings.insecureSkipVerify === true) {
      const message = `${path} disables TLS verification of ${server} (insecure-skip-tls-verify): any server at that address gets its credentials`;
      options.events.emit("warning", { message });
    }
    return options.connections.open(server, settings, identity);
  } catch (error) {
    const isSaid = error instanceof KubeconfigError;
    throw unusable(error, isSaid ? "" : "failed to create API client configuration from kubeconfig: ", path);
  }
}

/** Returns the ports that clients on this machine are built with. */
export function clientPorts(ports: Omit<KubeconfigPorts, "events">): ClientPorts {
  return {
    runExecPlugin: (kubeconfig) => runExecPlugin(kubeconfig, ports),
    machineAuthorities: () => machineAuthorities(ports.files, ports.environment),
  };
}

function unusable(error: unknown, context: string, path: string): unknown {
  const isKnown = error instanceof FileError || error instanceof KubeconfigError;
  if (!isKubeadmError(error) && !isKnown) return error;
  return new KubeadmError("KUBECONFIG_INVALID", context + error.message, {
    cause: error,
    details: { path },
    remedy: `Check ${path}, or set another file with --kubeconfig; on a control plane it is /etc/kubernetes/admin.conf.`,
  });
}
