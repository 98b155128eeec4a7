import { throwIfAborted } from "../../async/signal.ts";
import { ApiStatusError, type Cluster } from "../../cluster/cluster.ts";
import { nodes } from "../../cluster/resources.ts";
import { effectiveNodeName } from "../../kubeadm/kubelet/kubelet-environment.ts";
import { restartKubelet } from "../../kubeadm/kubelet/kubelet-service.ts";
import { apiServerManifestPath } from "../../kubeadm/paths.ts";
import type { Run } from "../../workflow/fact.ts";
import { waitForReadyApiServer } from "../wait-for-control-plane.ts";
import type { JoinContext } from "./context.ts";
import { clusterState, controlPlaneNode, localAdminCluster } from "./facts.ts";
import { usesLocalApiServer } from "./local-server.ts";

/**
 * Restarts the kubelet of a control plane if it has not registered its Node when the API server is ready, so that it
 * registers immediately: this kubelet uses the API server that it starts itself, and tries to register at ever longer
 * intervals, of up to seven seconds (kubelet: registerWithAPIServer). Does nothing if kubeadm did not write the
 * server's Pod.
 */
export async function hastenRegistration(run: Run<JoinContext>): Promise<void> {
  const { host, options } = run.context;
  const { nodeRegistration } = options.configuration;
  if (!usesLocalApiServer(await run.value(clusterState), options.configuration)) return;
  if ((await host.files.status(apiServerManifestPath)) === undefined) return;
  const [node, apiServer] = await Promise.all([run.value(controlPlaneNode), run.value(localAdminCluster)]);
  await waitForReadyApiServer(node, apiServer, run);
  const name = effectiveNodeName(nodeRegistration.name, nodeRegistration.kubeletExtraArgs);
  if (await isRegistered(name, apiServer, run.signal)) return;
  const message = `Starting the kubelet again: its API server is ready, and Node ${name} is not registered yet`;
  run.events.emit("log", { level: 1, area: "kubelet-wait", message });
  await restartKubelet({ services: host.services, events: run.events, signal: run.signal });
}

async function isRegistered(name: string, cluster: Cluster, signal: AbortSignal): Promise<boolean> {
  try {
    await cluster.get(nodes, { name }, { signal });
    return true;
  } catch (error) {
    throwIfAborted(signal);
    // The next phase reports any other failure of the server.
    return !(error instanceof ApiStatusError && error.status === 404);
  }
}
