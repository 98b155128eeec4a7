// Clusters of etcd stand-ins, and a machine that joins one.
import { afterEach, expect } from "vitest";
import type { Clock } from "../../../src/async/clock.ts";
import { type Etcd, EtcdError } from "../../../src/etcd/etcd.ts";
import { etcdBy } from "../../../src/etcd/grpc-etcd.ts";
import type { Event } from "../../../src/events/event.ts";
import { eventsTo } from "../../../src/events/events.ts";
import { memoryClock } from "../../../src/host/memory/clock.ts";
import type { InitialMember } from "../../../src/kubeadm/control-plane/etcd-pod.ts";
import type { EtcdData } from "../../../src/kubeadm/etcd/etcd-data.ts";
import { type EtcdPorts, type EtcdSession, openEtcd } from "../../../src/kubeadm/etcd/etcd-session.ts";
import { joinEtcdMember } from "../../../src/kubeadm/etcd/join-member.ts";
import type { MemberWaitPorts } from "../../../src/kubeadm/etcd/promote-member.ts";
import { localTlsSockets } from "../../../src/sockets/local-tls-sockets.ts";
import { type EtcdCluster, type RunningEtcdMember, startEtcdCluster } from "./start-etcd-cluster.ts";

const opened: { close(): void }[] = [];
const clusters: EtcdCluster[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) each.close();
  for (const cluster of clusters.splice(0)) await cluster[Symbol.asyncDispose]();
});

/**
 * Time that passes only while something sleeps: a wait ends after the same number of attempts on every machine. `later` is
 * done when the sleepers have come so far.
 */
function sleepersTime(): { readonly clock: Clock; readonly later: (ms: number, action: () => void) => void } {
  const time = memoryClock();
  const never = new AbortController().signal;
  return {
    clock: {
      ...time,
      sleep: async (ms, signal) => {
        const slept = time.sleep(ms, signal);
        await Promise.all([slept, time.advance(ms)]);
      },
    },
    later: (ms, action) => void time.sleep(ms, never).then(action),
  };
}

export const peerUrlOf = (number: number) => `https://192.0.2.1${number}:2380`;

export async function clusterOf(count: number, options: { readonly syncMs?: number } = {}) {
  const time = sleepersTime();
  const cluster = await startEtcdCluster({ ...options, clock: time.clock });
  clusters.push(cluster);
  const members: RunningEtcdMember[] = [];
  for (let number = 1; number <= count; number++) {
    if (number > 1) cluster.membership.add([peerUrlOf(number)], false);
    members.push(await cluster.startMember({ name: `cp${number}`, peerUrl: peerUrlOf(number) }));
  }
  return { cluster, members, ...time };
}

export type Cluster = Awaited<ReturnType<typeof clusterOf>>;

export function listening(
  timeoutMs: number,
  clock: Clock = sleepersTime().clock,
  signal = new AbortController().signal,
) {
  const told: Event[] = [];
  const ports: EtcdPorts = {
    clock,
    events: eventsTo((event) => told.push(event), clock.now),
    signal,
    timeoutMs,
  };
  const texts = (type: "warning" | "wait.progress") =>
    told.flatMap((event) =>
      event.type !== type ? [] : [event.type === "warning" ? event.message : "reason" in event ? event.reason : ""],
    );
  return { ports, told, texts, types: () => told.map(({ type }) => type) };
}

/** Of a member that answers, however busy this machine is. */
const answersWithinMs = 50_000;

/** Members have all the time that they need to answer. For one that never will, the wait passes on the clock. */
function patient(etcd: Etcd, { cluster: { membership }, clock }: Pick<Cluster, "cluster" | "clock">): Etcd {
  return {
    ...etcd,
    members: (options) => etcd.members({ ...options, timeoutMs: answersWithinMs }),
    addLearner: (peerUrl, options) => etcd.addLearner(peerUrl, { ...options, timeoutMs: answersWithinMs }),
    promote: (memberId, options) => etcd.promote(memberId, { ...options, timeoutMs: answersWithinMs }),
    remove: (memberId, options) => etcd.remove(memberId, { ...options, timeoutMs: answersWithinMs }),
    status: async (endpoint, options) => {
      const asked = membership.members.find(({ clientUrls }) => clientUrls.includes(endpoint));
      if (asked === undefined || !membership.isSilent(asked.id)) {
        return etcd.status(endpoint, { ...options, timeoutMs: answersWithinMs });
      }
      await clock.sleep(options.timeoutMs, options.signal);
      throw new EtcdError("unavailable", "context deadline exceeded");
    },
  };
}

export async function sessionWith(
  { cluster, members, clock }: Pick<Cluster, "cluster" | "members" | "clock">,
  ports: EtcdPorts,
): Promise<EtcdSession> {
  const endpoints = members.map(({ clientUrl }) => clientUrl);
  const connectEtcd: ReturnType<typeof etcdBy> = (urls, credentials) =>
    patient(etcdBy(localTlsSockets)(urls, credentials), { cluster, clock });
  const session = await openEtcd({ endpoints, credentials: cluster.credentials, connectEtcd }, ports);
  opened.push(session.etcd);
  return session;
}

export interface Setting {
  readonly data?: EtcdData;
  /** An interrupted run has added the member. */
  readonly wasBegun?: boolean;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /**
   * What the kubelet makes of the static Pod; by default it starts the member immediately. The wait begins when it has.
   */
  readonly kubelet?: () => Promise<unknown>;
  /** What the new etcd says of its log; by default nothing. */
  readonly appliedIndex?: number;
  readonly clientUrl?: string;
  /** What its restart does; by default it cannot be started again. */
  readonly restart?: () => Promise<boolean>;
  /** What this machine shows of a member that does not work; nothing unless given. */
  readonly diagnose?: MemberWaitPorts["diagnose"];
}

/** Joins the machine cp<number>; on failure what it registered is undone, as a run does it. */
export async function join(etcd: Cluster, number: number, setting: Setting = {}) {
  const { data = { kind: "none" }, timeoutMs = 20_000, signal, diagnose = async () => undefined } = setting;
  const heard = listening(timeoutMs, etcd.clock, signal);
  const { cluster } = etcd;
  const name = `cp${number}`;
  const state = {
    initialCluster: [] as readonly InitialMember[],
    stopped: false,
    listAtStop: undefined as readonly string[] | undefined,
    discarded: false,
    restarts: 0,
  };
  const undo: ((signal: AbortSignal) => Promise<void>)[] = [];
  const joined = joinEtcdMember(
    {
      name,
      peerUrl: peerUrlOf(number),
      clientUrl: setting.clientUrl ?? etcd.members[0]?.clientUrl ?? "",
      dataDirectory: "/var/lib/etcd",
      data,
      wasBegun: setting.wasBegun ?? false,
      start: async (members) => {
        state.initialCluster = members;
        await (setting.kubelet ?? (() => cluster.startMember({ name, peerUrl: peerUrlOf(number) })))();
      },
      appliedIndex: async () => setting.appliedIndex,
      restart: async () => {
        state.restarts += 1;
        return (await setting.restart?.()) ?? false;
      },
      stop: async () => {
        state.stopped = true;
        state.listAtStop = listOf(etcd);
      },
      discardData: async () => {
        state.discarded = true;
      },
    },
    await sessionWith(etcd, heard.ports),
    { ...heard.ports, diagnose, onFailure: (_name, action) => undo.push(action) },
  );
  const [outcome] = await Promise.allSettled([joined]);
  if (outcome.status === "rejected") for (const action of undo) await action(AbortSignal.timeout(2_000));
  return { ...heard, ...state, outcome };
}

export const listOf = ({ cluster }: Cluster) =>
  cluster.membership.members.map(({ name, isLearner }) => `${name}${isLearner ? " (learner)" : ""}`);

export const failure = (code: string, message: RegExp | string = "") => ({
  status: "rejected",
  reason: { code, message: expect.stringMatching(message) },
});
