import { inspectServer } from "./cluster/https-inspection.ts";
import { connectHttps } from "./cluster/https-node.ts";
import { connectContainerRuntime } from "./cri/grpc-container-runtime.ts";
import { etcdBy } from "./etcd/grpc-etcd.ts";
import type { Event } from "./events/event.ts";
import { eventsTo } from "./events/events.ts";
import { localHost } from "./host/local/local-host.ts";
import { rootDirectoryOf, rootedHost } from "./host/rooted.ts";
import {
  type CommandLine,
  commandFlags,
  type FlagTable,
  flagName,
  flagsByName,
  flagsOfNames,
} from "./kubeadm/flags/flag-table.ts";
import { type InitFlags, initFlags } from "./kubeadm/flags/init-flags.ts";
import { type JoinFlags, joinFlags } from "./kubeadm/flags/join-flags.ts";
import { type ResetFlags, resetFlags } from "./kubeadm/flags/reset-flags.ts";
import { initPhases } from "./phases/init/index.ts";
import { type InitResult, init } from "./phases/init/init.ts";
import { joinPhases } from "./phases/join/index.ts";
import { type JoinPorts, type JoinResult, join } from "./phases/join/join.ts";
import type { ReadLine } from "./phases/reset/context.ts";
import { resetPhases } from "./phases/reset/index.ts";
import { type ResetResult, reset } from "./phases/reset/reset.ts";
import { nodeTlsSockets } from "./sockets/node-tls-sockets.ts";
import { defined } from "./values/defined.ts";
import { flagsOfPhase, type Phase } from "./workflow/phase.ts";
import { flatten } from "./workflow/plan.ts";

/** What a run reaches the world by. */
export type RunPorts = Omit<JoinPorts, "events" | "signal">;

/** What every run takes beside its flags. */
export interface RunOptions {
  /** Full name of the one phase to run, together with its children: "certs", "certs/ca". All phases run without it. */
  readonly only?: string;
  /** Works on the system in this directory instead of on this machine's own files; absolute. */
  readonly rootfs?: string;
  /** Told of each step, check, change, wait and warning as it comes. */
  readonly onEvent?: (event: Event) => void;
  /** Ends the run in good order when it aborts. */
  readonly signal?: AbortSignal;
  /** Those that are not this very machine's and its network's. */
  readonly ports?: Partial<RunPorts>;
}

/** What the command line would say: a field is a flag, in camelCase. Paths are absolute. */
type GivenFlags<Flags> = Omit<Flags, keyof CommandLine>;

export interface InitClusterOptions extends RunOptions {
  readonly flags?: GivenFlags<InitFlags>;
}

export interface JoinClusterOptions extends RunOptions {
  /** `apiServerEndpoint` is the argument. */
  readonly flags: GivenFlags<JoinFlags>;
}

export interface ResetNodeOptions extends RunOptions {
  readonly flags?: GivenFlags<ResetFlags>;
  /** Answers whether to go on, which is asked unless `flags` has `force` or `dryRun`. Nobody says yes without it. */
  readonly readLine?: ReadLine;
}

/** `kubeadm init`: makes this machine the first control plane of a new cluster. Throws KubeadmError. */
export async function initCluster(options: InitClusterOptions = {}): Promise<InitResult> {
  const { flags = {}, only } = options;
  const line = commandLineOf(initFlags, flags, initPhases, only);
  return init({ flags: { ...flags, ...line }, ...defined({ only }) }, portsOf(options));
}

/** `kubeadm join`: makes this machine a node of a cluster, or a further control plane of it. Throws KubeadmError. */
export async function joinCluster(options: JoinClusterOptions): Promise<JoinResult> {
  const { flags, only } = options;
  const line = commandLineOf(joinFlags, flags, joinPhases, only);
  return join({ flags: { ...flags, ...line }, ...defined({ only }) }, portsOf(options));
}

/** `kubeadm reset`: undoes on this machine what init or a join did, and tells what is left. Throws KubeadmError. */
export async function resetNode(options: ResetNodeOptions = {}): Promise<ResetResult> {
  const { flags = {}, only, readLine = async () => undefined } = options;
  const line = commandLineOf(resetFlags, flags, resetPhases, only);
  return reset({ flags: { ...flags, ...line }, ...defined({ only }) }, { ...portsOf(options), readLine });
}

/** This machine's, where the options have none; a new root is put below the host's. */
function portsOf({ ports = {}, rootfs, onEvent = () => undefined, signal }: RunOptions): JoinPorts {
  const host = ports.host ?? localHost();
  const locate = rootfs === undefined ? undefined : rootDirectoryOf(host, rootfs).withSocket;
  return {
    connectTransport: connectHttps,
    connectContainerRuntime: (endpoint) => connectContainerRuntime(endpoint, defined({ locate })),
    connectEtcd: etcdBy(nodeTlsSockets),
    inspectServer,
    ...ports,
    host: rootfs === undefined ? host : rootedHost(host, rootfs),
    events: eventsTo(onEvent, () => host.clock.now()),
    signal: signal ?? new AbortController().signal,
  };
}

/** What a command line with these flags would say. A phase knows by its own flags how to find cluster and runtime. */
function commandLineOf<Context>(
  table: FlagTable,
  flags: object,
  phases: readonly Phase<Context>[],
  only: string | undefined,
): CommandLine {
  // That no phase has the name is said by the plan.
  const step = flatten(phases).find(({ fullName }) => fullName === only);
  const accepted =
    step === undefined ? commandFlags(table) : flagsOfNames(flagsOfPhase(step.phase), flagsByName(table));
  const given = Object.keys(table).filter((field) => Object.hasOwn(flags, field));
  return { given: given.map(flagName), accepted: Object.keys(accepted) };
}
