import type { InspectServer } from "../../cluster/https-inspection.ts";
import type { ConnectTransport } from "../../cluster/transport.ts";
import type { ConnectContainerRuntime } from "../../cri/container-runtime.ts";
import type { ConnectEtcd } from "../../etcd/etcd.ts";
import type { Events } from "../../events/events.ts";
import type { Host } from "../../host/host.ts";
import type { RunRecord } from "../../journal/run-record.ts";
import { type JoinOptions, resolveJoinOptions } from "../../kubeadm/config/join/join-options.ts";
import type { JoinFlags } from "../../kubeadm/flags/join-flags.ts";
import { warnOfServingCertificate } from "../../kubeadm/kubelet/serving-certificate.ts";
import { adminKubeconfigPath } from "../../kubeadm/paths.ts";
import { defined } from "../../values/defined.ts";
import type { Run } from "../../workflow/fact.ts";
import { plan, type Step } from "../../workflow/plan.ts";
import { runSteps } from "../../workflow/run.ts";
import { overlookedChecks } from "../overlooked-checks.ts";
import { portFailure } from "../port-failure.ts";
import { recordedEtcd } from "../recorded-etcd.ts";
import { isOfUnfinishedRun, whileLocked } from "../recorded-run.ts";
import { identityOfJoin } from "../run-identity.ts";
import { openMachine } from "../workflow-machine.ts";
import type { JoinContext } from "./context.ts";
import { controlPlaneManifests } from "./control-plane-manifests.ts";
import { etcdJoin } from "./etcd-join.ts";
import { clusterState, requestReader } from "./facts.ts";
import { joinPhases } from "./index.ts";
import { standInOf } from "./made-up-cluster.ts";

/** What `join` is called with. */
export interface JoinRequest {
  /** The flags of the command line, with absolute paths. */
  readonly flags: JoinFlags;
  /** Full name of the only phase to run; all phases run if undefined. */
  readonly only?: string;
}

/** What `join` uses to reach the machine and the cluster. */
export interface JoinPorts {
  /** A rootedHost if --rootfs is given. */
  readonly host: Host;
  readonly connectTransport: ConnectTransport;
  readonly connectContainerRuntime: ConnectContainerRuntime;
  readonly connectEtcd: ConnectEtcd;
  readonly inspectServer: InspectServer;
  /** Receives what the run does. */
  readonly events: Events;
  /** Aborts the run. */
  readonly signal: AbortSignal;
}

/** What `join` returns. */
export interface JoinResult {
  /** Name of the Node. */
  readonly nodeName: string;
  /** Whether the machine joined as a control plane. */
  readonly controlPlane: boolean;
  /** Whether nothing was changed (--dry-run). */
  readonly dryRun: boolean;
}

/**
 * Makes the machine a worker or a control plane of the cluster, or runs one phase of join, and emits events. Throws
 * KubeadmError.
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
  const usesAdminKubeconfig = request.only !== undefined || !(await isOfUnfinishedRun(adminKubeconfigPath, ports.host));
  const options = await resolveJoinOptions(
    request.flags,
    { ...ports.host, events: ports.events, signal },
    { usesAdminKubeconfig },
  );
  const steps = plan(joinPhases, {
    skip: request.only === undefined ? options.skipPhases : [],
    ...defined({ only: request.only }),
  });
  const recorded = { command: "join", identity: identityOfJoin(options), only: request.only, dryRun: options.dryRun };
  await whileLocked(joinPhases, { ...recorded, waitMs: request.flags.wait ?? 0 }, ports, (record) =>
    runJoin(steps, { request, options, record }, ports),
  );
  return resultOf(options);
}

interface PreparedJoin {
  readonly request: JoinRequest;
  readonly options: JoinOptions;
  readonly record: RunRecord | undefined;
}

async function runJoin(
  steps: readonly Step<JoinContext>[],
  { request, options, record }: PreparedJoin,
  ports: JoinPorts,
): Promise<void> {
  const { signal } = ports;
  const { close, events, ...machine } = await openMachine(
    { ...options, command: "join", standIn: () => standInOf(options.configuration) },
    ports,
    record,
  );
  const context: JoinContext = {
    options,
    ...machine,
    inspectServer: ports.inspectServer,
    connectContainerRuntime: ports.connectContainerRuntime,
    startedAt: machine.host.clock.now(),
    connectEtcd: record === undefined ? ports.connectEtcd : recordedEtcd(ports.connectEtcd, record),
    ...defined({ record }),
    startsApiServerWithEtcd: [controlPlaneManifests, etcdJoin].every((wanted) =>
      steps.some(({ phase, skipped }) => phase === wanted && !skipped),
    ),
  };
  try {
    const finish = request.only === undefined ? emitFinished : async () => undefined;
    const { dryRun } = options;
    const { clock } = machine.host;
    const log = defined({ log: record });
    await runSteps(steps, { context, events, signal, clock, dryRun, explain: portFailure, ...log, finish });
  } finally {
    close();
  }
}

type FinishedRun = Pick<Run<JoinContext>, "context" | "events" | "signal" | "value">;

/** Runs after a whole join, even if phases were skipped or the run is a dry run. */
async function emitFinished(run: FinishedRun): Promise<void> {
  await emitJoined(run);
  const { host, options } = run.context;
  await warnOfServingCertificate(options.configuration.nodeRegistration.kubeletExtraArgs, {
    files: host.files,
    events: run.events,
    signal: run.signal,
    ...(await run.value(requestReader)),
  });
}

async function emitJoined({ context, events, value }: FinishedRun): Promise<void> {
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
