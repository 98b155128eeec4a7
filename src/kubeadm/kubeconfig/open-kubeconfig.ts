import type { Cluster } from "../../cluster/cluster.ts";
import type { Connections } from "../../cluster/connections.ts";
import { isKubeadmError, KubeadmError } from "../../errors/kubeadm-error.ts";
import { FileError, type Host } from "../../host/host.ts";
import { YamlError } from "../yaml/yaml-error.ts";
import { embedFiles } from "./embed-credentials.ts";
import { runExecPlugin } from "./exec-credential.ts";
import { identityOf, serverSettings } from "./identity.ts";
import { clusterOf, contextOf, type Kubeconfig, KubeconfigError } from "./kubeconfig.ts";
import { loadKubeconfig } from "./read-kubeconfig.ts";

export interface KubeconfigPorts {
  readonly files: Pick<Host["files"], "readText">;
  readonly commands: Host["commands"];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** The kubeconfig with its files read into it; `context` says in upstream's words what it is wanted for. */
export async function loadKubeconfigFor(
  context: string,
  path: string,
  files: KubeconfigPorts["files"],
): Promise<Kubeconfig> {
  try {
    return await embedFiles(await loadKubeconfig(files, path), files);
  } catch (error) {
    throw unusable(error, context, path);
  }
}

/** A client that speaks to the current context's cluster as its user. */
export async function openKubeconfig(
  kubeconfig: Kubeconfig,
  path: string,
  options: KubeconfigPorts & { readonly connections: Connections },
): Promise<Cluster> {
  const context = "failed to create API client configuration from kubeconfig";
  try {
    const chosen = ofCurrentContext(kubeconfig);
    const identity = await identityOf(chosen, (each) => runExecPlugin(each, options));
    const cluster = clusterOf(chosen);
    return options.connections.open(cluster.server, serverSettings(cluster), identity);
  } catch (error) {
    throw unusable(error, context, path);
  }
}

/** A client goes by the current context; that an unnamed cluster entry wins is a rule of discovery. */
function ofCurrentContext(kubeconfig: Kubeconfig): Kubeconfig {
  const name = contextOf(kubeconfig)?.context.cluster;
  const named = kubeconfig.clusters.filter((entry) => entry.name === name);
  return named.length === 0 ? kubeconfig : { ...kubeconfig, clusters: named };
}

function unusable(error: unknown, context: string, path: string): unknown {
  const isKnown = error instanceof FileError || error instanceof YamlError || error instanceof KubeconfigError;
  if (isKubeadmError(error) || isKnown) {
    const message =
      error instanceof FileError || isKubeadmError(error)
        ? error.message
        : `error loading config file "${path}": ${error.message}`;
    return new KubeadmError("KUBECONFIG_INVALID", `${context}: ${message}`, {
      cause: error,
      details: { path },
      remedy: `Check ${path}, or name another file with --kubeconfig; on a control plane it is /etc/kubernetes/admin.conf.`,
    });
  }
  return error;
}
