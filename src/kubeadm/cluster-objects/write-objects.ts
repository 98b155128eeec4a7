import type { Clock } from "../../async/clock.ts";
import { doubling } from "../../async/poll.ts";
import type { Cluster, KubernetesObject, ResourceType } from "../../cluster/cluster.ts";
import type { Events } from "../../events/events.ts";
import { persist } from "../waiting/persist.ts";
import type { DesiredObject } from "./desired-object.ts";
import { alreadyExists, requestTrouble } from "./request-trouble.ts";

export interface ClusterWritePorts {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly events: Events;
  readonly signal: AbortSignal;
  /** timeouts.kubernetesAPICall, in milliseconds: of each object by itself. */
  readonly timeoutMs: number;
  /** How long a 401 or 403 may be that of a server which is still starting; ten seconds unless given. */
  readonly refusalPatienceMs?: number;
  /** Independent requests are made one after the other, so that what is told of them has an order. */
  readonly inTurn?: boolean;
}

/** Upstream pauses 500 ms each time: a server that is starting is most often ready sooner. */
const pauseMs = doubling(50, 500);

/**
 * Puts the object into the cluster whatever is there: a create, and where it exists a replacement (upstream:
 * util/apiclient CreateOrUpdate). Gives the object as the server has it.
 */
export async function writeObject<T extends KubernetesObject>(
  type: ResourceType<T>,
  object: T,
  ports: ClusterWritePorts,
): Promise<T> {
  let verb = "create";
  const words = { what: nameOf(type, object), context: () => `unable to ${verb} *v1.${type.kind}` };
  return persistently(words, ports, async (cluster, signal) => {
    verb = "create";
    try {
      return await cluster.create(type, object, { signal });
    } catch (error) {
      if (!alreadyExists(error)) throw error;
    }
    verb = "update";
    return cluster.update(type, object, { signal });
  });
}

/** Puts the object into the cluster unless there is one of its name. Says whether it was made. */
export async function writeObjectOnce<T extends KubernetesObject>(
  type: ResourceType<T>,
  object: T,
  ports: ClusterWritePorts,
): Promise<boolean> {
  const words = { what: nameOf(type, object), context: () => `unable to create *v1.${type.kind}` };
  return persistently(words, ports, async (cluster, signal) => {
    try {
      await cluster.create(type, object, { signal });
      return true;
    } catch (error) {
      if (alreadyExists(error)) return false;
      throw error;
    }
  });
}

/** All objects side by side; when one fails the others are given up, and its failure is thrown. */
export async function writeObjects(objects: readonly DesiredObject[], ports: ClusterWritePorts): Promise<void> {
  await sideBySide(
    ports,
    objects.map(
      ({ type, object }) =>
        (each) =>
          writeObject(type, object, each),
    ),
  );
}

/**
 * Does independent work on the cluster at the same time: of some forty small requests that an init makes, upstream makes
 * one after the other and waits for a rate limit of its own besides.
 */
export async function sideBySide(
  ports: ClusterWritePorts,
  works: readonly ((ports: ClusterWritePorts) => Promise<unknown>)[],
): Promise<void> {
  if (ports.inTurn === true) {
    for (const work of works) await work(ports);
    return;
  }
  const givenUp = new AbortController();
  const each = { ...ports, signal: AbortSignal.any([ports.signal, givenUp.signal]) };
  let failed: { readonly error: unknown } | undefined;
  const done = works.map(async (work) => {
    try {
      await work(each);
    } catch (error) {
      failed ??= { error };
      givenUp.abort();
    }
  });
  await Promise.all(done);
  if (failed !== undefined) throw failed.error;
}

export interface RequestWords {
  /** Names the wait on the terminal: "ConfigMap kube-system/kubeadm-config". */
  readonly what: string;
  /** What the request is to do, put before the cause of its failure. */
  readonly context: () => string;
}

/** A request to the cluster, made again while its failure may pass. */
export function persistently<T>(
  { what, context }: RequestWords,
  { cluster, clock, events, signal, timeoutMs, refusalPatienceMs }: ClusterWritePorts,
  request: (cluster: Cluster, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return persist({
    what: `${what} at ${cluster.server}`,
    attempt: (attemptSignal) => request(cluster, attemptSignal),
    explain: (error) => requestTrouble(context(), error, refusalPatienceMs),
    deadlineMs: timeoutMs,
    everyMs: pauseMs,
    clock,
    events,
    signal,
  });
}

function nameOf(type: ResourceType<KubernetesObject>, { metadata }: KubernetesObject): string {
  const { name = "", namespace } = metadata ?? {};
  return `${type.kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}
