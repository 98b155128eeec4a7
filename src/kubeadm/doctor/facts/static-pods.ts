import type { Container } from "../../../cri/container-runtime.ts";
import { defined } from "../../../values/defined.ts";
import { isLostLease } from "../../control-plane/container-log.ts";
import { diagnoseContainers, runningLog } from "../../control-plane/diagnose-component.ts";
import type { Diagnosis, DiagnosisPorts } from "../../control-plane/diagnosis.ts";
import { OwnStarts } from "../../control-plane/own-starts.ts";
import { staticPodContainers } from "../../control-plane/static-pod-containers.ts";
import type { StaticPodName } from "../../control-plane/write-manifest.ts";
import type { Examination, Fact } from "../examination.ts";
import { controlPlane } from "./control-plane.ts";
import { nodeName } from "./node-name.ts";
import { criSocket, runtimeFindings } from "./runtime.ts";

/** Milliseconds for a call to the container runtime. */
const callTimeoutMs = 1_000;
/** A container that started less than this ago may still prove to fail as the one before it did. */
const youngMs = 180_000;

/** The static Pod of a component on this machine. */
export type StaticPodState =
  /** It cannot be seen; another check says why. */
  | { readonly state: "unseen"; readonly reason: string }
  /** `recentExit` tells how the container before this one ended, if that was moments ago. */
  | {
      readonly state: "running";
      readonly restarts: number;
      readonly createdAt: Date;
      readonly recentExit?: Diagnosis;
      /** When the container was created whose end `recentExit` tells. */
      readonly exitedFrom?: Date;
    }
  /** `exitedFrom`: when its last container was created. */
  | { readonly state: "down"; readonly diagnosis: Diagnosis; readonly exitedFrom?: Date };

/** The static Pods of this machine; each is examined once. */
export const staticPodStates: Readonly<Record<StaticPodName, Fact<StaticPodState>>> = {
  etcd: (examination) => staticPodState("etcd", examination),
  "kube-apiserver": (examination) => staticPodState("kube-apiserver", examination),
  "kube-controller-manager": (examination) => staticPodState("kube-controller-manager", examination),
  "kube-scheduler": (examination) => staticPodState("kube-scheduler", examination),
};

/** A component that has just been started, and the others that lost their leases while it was away. */
export interface LostLeases {
  readonly restarted: "etcd" | "kube-apiserver";
  readonly agoMs: number;
  readonly losers: readonly StaticPodName[];
  /** Those of them that the kubelet has not started again, or so lately that they may not answer yet. */
  readonly starting: readonly StaticPodName[];
}

/** Who loses a lease has run before, and has tried for this long to renew it (`renewDeadline`). */
const renewMs = 10_000;
/** A component answers its health check within that time. */
const startsMs = 30_000;

/**
 * What made the controller manager and the scheduler exit with "leaderelection lost", as far as this machine shows: each
 * exits when it cannot renew its lease for ten seconds, and is started again.
 */
export const lostLeases: Fact<LostLeases | undefined> = async ({ once, clock }) => {
  const now = clock.now().getTime();
  const losers = new Map<StaticPodName, Date>();
  const starting: StaticPodName[] = [];
  for (const name of ["kube-controller-manager", "kube-scheduler"] as const) {
    const pod = await once(staticPodStates[name]);
    const exit = pod.state === "running" ? pod.recentExit : pod.state === "down" ? pod.diagnosis : undefined;
    if (pod.state === "unseen" || pod.exitedFrom === undefined || !isLostLease(exit?.reason ?? "")) continue;
    losers.set(name, pod.exitedFrom);
    if (pod.state === "down" || now - pod.createdAt.getTime() < startsMs) starting.push(name);
  }
  if (losers.size === 0) return undefined;
  const firstLoser = Math.min(...[...losers.values()].map((date) => date.getTime()));
  for (const name of ["etcd", "kube-apiserver"] as const) {
    const pod = await once(staticPodStates[name]);
    if (pod.state !== "running") continue;
    const startedAt = pod.createdAt.getTime();
    // A Pod that was running before a loser started has not taken its lease.
    if (now - startedAt > youngMs || startedAt < firstLoser + renewMs) continue;
    return { restarted: name, agoMs: Math.max(0, now - startedAt), losers: [...losers.keys()], starting };
  }
  return undefined;
};

async function staticPodState(component: StaticPodName, examination: Examination): Promise<StaticPodState> {
  const { once, connectContainerRuntime, clock, signal } = examination;
  const [plane, socket, findings] = await Promise.all([once(controlPlane), once(criSocket), once(runtimeFindings)]);
  if (plane?.manifests[component].state !== "loaded") return { state: "unseen", reason: "its manifest is unusable" };
  if ("error" in findings.status) {
    // Without root, the socket may be closed to this program.
    if (["permission-denied", "too-large"].includes(findings.status.error.code)) throw findings.status.error;
    return { state: "unseen", reason: "the container runtime does not respond" };
  }
  const ports = await diagnosisPorts(examination);
  const runtime = connectContainerRuntime(socket);
  try {
    const containers = await staticPodContainers(component, { ...ports, runtime, signal, timeoutMs: callTimeoutMs });
    const diagnosis = await diagnoseContainers({ component, containers }, runtime, ports);
    const newest = containers.at(-1);
    if (diagnosis !== undefined) {
      return { state: "down", diagnosis, ...defined({ exitedFrom: newest?.createdAt }) };
    }
    if (newest === undefined) return { state: "unseen", reason: "the container runtime has no container of it" };
    const restarts = newest.attempt;
    const before = containers.at(-2);
    const isYoung = clock.now().getTime() - newest.createdAt.getTime() < youngMs;
    if (!isYoung || before === undefined || newest.createdAt.getTime() - before.createdAt.getTime() > 2 * youngMs) {
      return { state: "running", restarts, createdAt: newest.createdAt };
    }
    // The same diagnosis as if the newest container did not exist.
    const earlier = { component, containers: containers.slice(0, -1) };
    const recentExit = await diagnoseContainers(earlier, runtime, ports);
    const exit = defined({ recentExit, exitedFrom: before.createdAt });
    return { state: "running", restarts, createdAt: newest.createdAt, ...exit };
  } finally {
    runtime.close();
  }
}

/** The kubelet counts the starts of a Pod's container, which survive this program. */
class AllStarts extends OwnStarts {
  constructor() {
    super(new Date(0));
  }

  override restarts(_component: string, containers: readonly Container[]): number {
    return Math.max(0, ...containers.map(({ attempt }) => attempt));
  }
}

async function diagnosisPorts({ connectContainerRuntime, files, once, services, signal }: Examination) {
  const [socket, name] = await Promise.all([once(criSocket), once(nodeName)]);
  return {
    connectRuntime: () => connectContainerRuntime(socket),
    files,
    services,
    signal,
    nodeName: name,
    ownStarts: new AllStarts(),
  } satisfies DiagnosisPorts;
}

/** Returns the last lines that a running component logged. */
export async function lastLines(component: StaticPodName, examination: Examination): Promise<readonly string[]> {
  return (await runningLog(component, await diagnosisPorts(examination))).slice(-6);
}
