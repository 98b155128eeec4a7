import type { Cluster } from "../cluster/cluster.ts";
import type { ConnectContainerRuntime } from "../cri/container-runtime.ts";
import { isKubeadmError } from "../errors/kubeadm-error.ts";
import type { Host } from "../host/host.ts";
import { readComponentEndpoints } from "../kubeadm/control-plane/component-endpoints.ts";
import type { ControlPlaneNode } from "../kubeadm/control-plane/control-plane-node.ts";
import { findCause } from "../kubeadm/control-plane/find-cause.ts";
import { waitForComponents } from "../kubeadm/control-plane/wait-for-components.ts";
import { controlPlaneComponents } from "../kubeadm/control-plane/write-component-manifests.ts";
import { effectiveNodeName } from "../kubeadm/kubelet/kubelet-environment.ts";
import type { Run } from "../workflow/fact.ts";
import { controlPlaneAdvice } from "./advice.ts";

interface WaitContext {
  readonly host: Pick<Host, "files" | "services" | "network" | "clock">;
  readonly connectContainerRuntime: ConnectContainerRuntime;
}

/**
 * Waits for the components of the node as their manifests describe them; where they do not come up, says what to look at
 * before it throws.
 */
export async function waitForControlPlane(
  node: ControlPlaneNode,
  apiServer: Cluster,
  run: Pick<Run<WaitContext>, "context" | "events" | "signal">,
): Promise<void> {
  const { events, signal } = run;
  const { host, connectContainerRuntime } = run.context;
  const { files, services, network, clock } = host;
  const { name, kubeletExtraArgs, criSocket } = node.nodeRegistration;
  const diagnose = findCause(node, {
    connectRuntime: () => connectContainerRuntime(criSocket),
    files,
    services,
    signal,
    nodeName: effectiveNodeName(name, kubeletExtraArgs),
  });
  const endpoints = await readComponentEndpoints(controlPlaneComponents, node, files);
  const timeoutMs = node.timeouts.controlPlaneComponentHealthCheck;
  try {
    await waitForComponents({ endpoints, timeoutMs }, { apiServer, network, clock, events, signal, diagnose });
  } catch (error) {
    if (isKubeadmError(error) && error.code !== "CANCELLED") {
      events.emit("control-plane.advice", { lines: controlPlaneAdvice(error.details, criSocket) });
    }
    throw error;
  }
}
