import type { ConnectTransport } from "../../cluster/transport.ts";
import type { ConnectContainerRuntime } from "../../cri/container-runtime.ts";
import type { Events } from "../../events/events.ts";
import type { Host } from "../../host/host.ts";
import type { RunRecord } from "../../journal/run-record.ts";
import { type InitOptions, resolveInitOptions } from "../../kubeadm/config/init/init-options.ts";
import type { InitFlags } from "../../kubeadm/flags/init-flags.ts";
import { warnOfServingCertificate } from "../../kubeadm/kubelet/serving-certificate.ts";
import { defined } from "../../values/defined.ts";
import type { Run } from "../../workflow/fact.ts";
import { plan, type Step } from "../../workflow/plan.ts";
import { runSteps } from "../../workflow/run.ts";
import { overlookedChecks } from "../overlooked-checks.ts";
import { portFailure } from "../port-failure.ts";
import { whileLocked } from "../recorded-run.ts";
import { identityOfInit } from "../run-identity.ts";
import { openMachine } from "../workflow-machine.ts";
import type { InitContext } from "./context.ts";
import { externalAuthorities, requestReader } from "./facts.ts";
import { initPhases } from "./index.ts";
import { type JoinCommands, joinCommands } from "./join-commands.ts";
import { showJoinCommand } from "./show-join-command.ts";

/** What `init` is called with. */
export interface InitRequest {
  /** The flags of the command line, with absolute paths. */
  readonly flags: InitFlags;
  /** Full name of the only phase to run; all phases run if undefined. */
  readonly only?: string;
}

/** What `init` uses to reach the machine and the cluster. */
export interface InitPorts {
  /** A rootedHost if --rootfs is given. */
  readonly host: Host;
  readonly connectTransport: ConnectTransport;
  readonly connectContainerRuntime: ConnectContainerRuntime;
  /** Receives what the run does. */
  readonly events: Events;
  /** Aborts the run. */
  readonly signal: AbortSignal;
}

/** What `init` returns. */
export interface InitResult {
  /** Name of the Node. */
  readonly nodeName: string;
  /** The version of the control plane, with a leading v. */
  readonly kubernetesVersion: string;
  /** Whether nothing was changed (--dry-run). */
  readonly dryRun: boolean;
  /**
   * The commands that join other machines, one pair for each bootstrap token. They contain the secrets, even those that
   * --skip-token-print or --skip-certificate-key-print omit from the output. Empty if the phase show-join-command did not
   * run.
   */
  readonly joins: readonly JoinCommands[];
}

/**
 * Makes the machine the first control plane of a new cluster, or runs one phase of init, and emits events. Throws
 * KubeadmError.
 */
export async function init(request: InitRequest, ports: InitPorts): Promise<InitResult> {
  const checks = overlookedChecks("init", ports.events);
  try {
    return await initOnce(request, { ...ports, events: checks.events });
  } catch (error) {
    throw checks.explain(portFailure(error));
  }
}

async function initOnce(request: InitRequest, ports: InitPorts): Promise<InitResult> {
  const { signal } = ports;
  const options = await resolveInitOptions(request.flags, { ...ports.host, events: ports.events, signal });
  const { kubernetesVersion } = options.cluster;
  const started = (events: Events) => {
    if (request.only === undefined) events.emit("init.started", { kubernetesVersion });
  };
  const steps = planned(request, options, () => started(ports.events));
  const recorded = { command: "init", identity: identityOfInit(options), only: request.only, dryRun: options.dryRun };
  const joins = await whileLocked(initPhases, { ...recorded, waitMs: request.flags.wait ?? 0 }, ports, (record) =>
    runInit(steps, { request, options, record, started }, ports),
  );
  return resultOf(options, joins);
}

interface PreparedInit {
  readonly request: InitRequest;
  readonly options: InitOptions;
  readonly record: RunRecord | undefined;
  readonly started: (events: Events) => void;
}

async function runInit(
  steps: readonly Step<InitContext>[],
  { request, options, record, started }: PreparedInit,
  ports: InitPorts,
): Promise<readonly JoinCommands[]> {
  const { signal } = ports;
  const { certificatesDir } = options.cluster;
  const { close, events, ...machine } = await openMachine(
    { ...options, command: "init", certificatesDirectory: certificatesDir },
    ports,
    record,
  );
  const context: InitContext = {
    options,
    ...machine,
    connectContainerRuntime: ports.connectContainerRuntime,
    startedAt: machine.host.clock.now(),
    runsAlone: request.only !== undefined,
    ...defined({ record }),
  };
  const showsJoins = steps.some(({ phase, skipped }) => phase === showJoinCommand && !skipped);
  let joins: readonly JoinCommands[] = [];
  try {
    await runSteps(steps, {
      context,
      events,
      signal,
      clock: machine.host.clock,
      dryRun: options.dryRun,
      explain: portFailure,
      ...defined({ log: record }),
      begin: async ({ value }) => {
        await value(externalAuthorities);
        started(events);
      },
      finish: async (run) => {
        if (showsJoins) joins = await joinCommands(run);
        if (request.only === undefined) await checkServingCertificate(run);
      },
    });
  } finally {
    close();
  }
  return joins;
}

async function checkServingCertificate({
  context,
  events,
  signal,
  value,
}: Pick<Run<InitContext>, "context" | "events" | "signal" | "value">): Promise<void> {
  const { host, options } = context;
  await warnOfServingCertificate(options.configuration.nodeRegistration.kubeletExtraArgs, {
    files: host.files,
    events,
    signal,
    ...(await value(requestReader)),
  });
}

/** Same as upstream, prints the version before it rejects an invalid plan. */
function planned({ only }: InitRequest, { skipPhases }: InitOptions, started: () => void) {
  try {
    return plan(initPhases, only === undefined ? { skip: skipPhases } : { skip: [], only });
  } catch (error) {
    started();
    throw error;
  }
}

function resultOf({ configuration, cluster, dryRun }: InitOptions, joins: readonly JoinCommands[]): InitResult {
  return { nodeName: configuration.nodeRegistration.name, kubernetesVersion: cluster.kubernetesVersion, dryRun, joins };
}
