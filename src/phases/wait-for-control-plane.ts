import type { Cluster } from "../cluster/cluster.ts";
import type { ConnectContainerRuntime } from "../cri/container-runtime.ts";
import { isKubeadmError } from "../errors/kubeadm-error.ts";
import { type Events, selectedEvents } from "../events/events.ts";
import type { Host } from "../host/host.ts";
import { type ComponentEndpoint, readComponentEndpoints } from "../kubeadm/control-plane/component-endpoints.ts";
import type { ControlPlaneNode } from "../kubeadm/control-plane/control-plane-node.ts";
import type { DiagnosisPorts } from "../kubeadm/control-plane/diagnosis.ts";
import { findCause } from "../kubeadm/control-plane/find-cause.ts";
import { OwnStarts } from "../kubeadm/control-plane/own-starts.ts";
import { waitForComponents } from "../kubeadm/control-plane/wait-for-components.ts";
import { controlPlaneComponents } from "../kubeadm/control-plane/write-component-manifests.ts";
import { effectiveNodeName } from "../kubeadm/kubelet/kubelet-environment.ts";
import type { Run } from "../workflow/fact.ts";
import { controlPlaneTroubleshooting } from "./troubleshooting.ts";

interface DiagnosisContext {
  readonly host: Pick<Host, "files" | "services">;
  readonly connectContainerRuntime: ConnectContainerRuntime;
  readonly startedAt: Date;
}

interface WaitContext extends DiagnosisContext {
  readonly host: Pick<Host, "files" | "services" | "network" | "clock">;
}

/**
 * Waits for the components of the node at the addresses in their manifests; if they do not start, prints advice and
 * throws.
 */
export async function waitForControlPlane(
  node: ControlPlaneNode,
  apiServer: Cluster,
  run: Pick<Run<WaitContext>, "context" | "events" | "signal">,
): Promise<void> {
  const endpoints = await readComponentEndpoints(controlPlaneComponents, node, run.context.host.files);
  await waitFor(endpoints, { node, apiServer, events: run.events }, run);
}

/**
 * Waits until the node's API server takes requests of every kind: it also needs full caches, which the authorization of
 * nodes uses. Prints only the progress of a long wait.
 */
export async function waitForReadyApiServer(
  node: ControlPlaneNode,
  apiServer: Cluster,
  run: Pick<Run<WaitContext>, "context" | "events" | "signal">,
): Promise<void> {
  const endpoints = await readComponentEndpoints(["kube-apiserver"], node, run.context.host.files);
  const path = "/readyz";
  const ready = endpoints.map((endpoint) => ({ ...endpoint, path, url: endpoint.url.replace(endpoint.path, path) }));
  await waitFor(
    ready,
    { node, apiServer, events: selectedEvents(run.events, "wait.progress", "wait.action", "wait.finished") },
    run,
  );
}

async function waitFor(
  endpoints: readonly ComponentEndpoint[],
  {
    node,
    apiServer,
    events,
  }: { readonly node: ControlPlaneNode; readonly apiServer: Cluster; readonly events: Events },
  run: Pick<Run<WaitContext>, "context" | "events" | "signal">,
): Promise<void> {
  const { signal } = run;
  const { network, clock } = run.context.host;
  const diagnose = findCause(node, diagnosisPorts(node, run));
  const timeoutMs = node.timeouts.controlPlaneComponentHealthCheck;
  try {
    await waitForComponents({ endpoints, timeoutMs }, { apiServer, network, clock, events, signal, diagnose });
  } catch (error) {
    emitTroubleshooting(error, node, run.events);
    throw error;
  }
}

/** Shows the last log lines of a component that failed, if any, and where to find more. */
export function emitTroubleshooting(error: unknown, { nodeRegistration }: ControlPlaneNode, events: Events): void {
  if (!isKubeadmError(error) || error.code === "CANCELLED") return;
  events.emit("control-plane.advice", {
    lines: controlPlaneTroubleshooting(error.details, nodeRegistration.criSocket),
  });
}

/** Returns the ports to diagnose a component of this machine that does not respond, for one wait. */
export function diagnosisPorts(
  { nodeRegistration }: ControlPlaneNode,
  { context, signal }: Pick<Run<DiagnosisContext>, "context" | "signal">,
): DiagnosisPorts {
  const { name, kubeletExtraArgs, criSocket } = nodeRegistration;
  return {
    connectRuntime: () => context.connectContainerRuntime(criSocket),
    files: context.host.files,
    services: context.host.services,
    signal,
    nodeName: effectiveNodeName(name, kubeletExtraArgs),
    ownStarts: new OwnStarts(context.startedAt),
  };
}
