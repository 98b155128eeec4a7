import type { StandIn } from "../../cluster/dry-run.ts";
import type { InspectServer } from "../../cluster/https-inspection.ts";
import type { ConnectTransport } from "../../cluster/transport.ts";
import type { ConnectContainerRuntime } from "../../cri/container-runtime.ts";
import type { ConnectEtcd } from "../../etcd/etcd.ts";
import type { Events } from "../../events/events.ts";
import type { Host } from "../../host/host.ts";
import { type JoinOptions, resolveJoinOptions } from "../../kubeadm/config/join/join-options.ts";
import type { JoinFlags } from "../../kubeadm/flags/join-flags.ts";
import { warnOfServingCertificate } from "../../kubeadm/kubelet/serving-certificate.ts";
import { defined } from "../../values/defined.ts";
import type { Run } from "../../workflow/fact.ts";
import { plan } from "../../workflow/plan.ts";
import { runSteps } from "../../workflow/run.ts";
import { overlookedChecks } from "../overlooked-checks.ts";
import { portFailure } from "../port-failure.ts";
import { openMachine } from "../workflow-machine.ts";
import type { JoinContext } from "./context.ts";
import { clusterState, requestReader } from "./facts.ts";
import { joinPhases } from "./index.ts";

export interface JoinRequest {
  /** The flags of the command line, or of a library user. */
  readonly flags: JoinFlags;
  /** Full name of the only phase to run; the whole join if undefined. */
  readonly only?: string;
}

export interface JoinPorts {
  /** Already rooted if the join must work on another root. */
  readonly host: Host;
  readonly connectTransport: ConnectTransport;
  readonly connectContainerRuntime: ConnectContainerRuntime;
  readonly connectEtcd: ConnectEtcd;
  readonly inspectServer: InspectServer;
  readonly events: Events;
  readonly signal: AbortSignal;
}

export interface JoinResult {
  readonly nodeName: string;
  readonly controlPlane: boolean;
  readonly dryRun: boolean;
}

/**
 * Makes the machine a node of the cluster, or runs one phase of join. Throws KubeadmError; reports everything else as
 * events.
 */
export async function join(request: JoinRequest, ports: JoinPorts): Promise<JoinResult> {
  const checks = overlookedChecks("join", ports.events);
  try {
    return await joinOnce(request, { ...ports, events: checks.events });
  } catch (error) {
    throw checks.explain(portFailure(error));
  }
}

async function joinOnce(request: JoinRequest, ports: JoinPorts): Promise<JoinResult> {
  const { signal } = ports;
  const options = await resolveJoinOptions(request.flags, { ...ports.host, events: ports.events, signal });
  const steps = plan(joinPhases, {
    skip: request.only === undefined ? options.skipPhases : [],
    ...defined({ only: request.only }),
  });
  const { close, events, ...machine } = await openMachine(
    { ...options, command: "join", standIn: () => standIn(options) },
    ports,
  );
  const context: JoinContext = {
    options,
    ...machine,
    inspectServer: ports.inspectServer,
    connectContainerRuntime: ports.connectContainerRuntime,
    startedAt: machine.host.clock.now(),
    connectEtcd: ports.connectEtcd,
  };
  try {
    const finish = request.only === undefined ? { finish: tellFinished } : {};
    const { dryRun } = options;
    const { clock } = machine.host;
    await runSteps(steps, { context, events, signal, clock, dryRun, explain: portFailure, ...finish });
  } finally {
    close();
  }
  return resultOf(options);
}

/** Returns what answers in a dry run whose cluster cannot be reached. */
async function standIn({ configuration }: JoinOptions): Promise<StandIn> {
  const { standInOf } = await import("./made-up-cluster.ts");
  return standInOf(configuration);
}

type FinishedRun = Pick<Run<JoinContext>, "context" | "events" | "signal" | "value">;

/** Runs after a whole join, even if phases were skipped or the run is a dry run. */
async function tellFinished(run: FinishedRun): Promise<void> {
  await tellJoined(run);
  const { host, options } = run.context;
  await warnOfServingCertificate(options.configuration.nodeRegistration.kubeletExtraArgs, {
    files: host.files,
    events: run.events,
    signal: run.signal,
    ...(await run.value(requestReader)),
  });
}

async function tellJoined({ context, events, value }: FinishedRun): Promise<void> {
  if (context.options.configuration.controlPlane === undefined) {
    return events.emit("join.finished", { controlPlane: false, etcd: "none" });
  }
  const { clusterConfiguration } = await value(clusterState);
  const etcd = "external" in clusterConfiguration.etcd ? "external" : "stacked";
  events.emit("join.finished", { controlPlane: true, etcd });
}

function resultOf({ configuration, dryRun }: JoinOptions): JoinResult {
  const { nodeRegistration, controlPlane } = configuration;
  return { nodeName: nodeRegistration.name, controlPlane: controlPlane !== undefined, dryRun };
}
