import type { Clock } from "../../async/clock.ts";
import { doubling } from "../../async/poll.ts";
import type { Cluster, KubernetesObject, ResourceType } from "../../cluster/cluster.ts";
import type { Events } from "../../events/events.ts";
import { persist } from "../waiting/persist.ts";
import type { DesiredObject } from "./desired-object.ts";
import { alreadyExists, explainRequestFailure } from "./explain-request-failure.ts";

export interface ClusterWritePorts {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly events: Events;
  readonly signal: AbortSignal;
  /** timeouts.kubernetesAPICall in milliseconds, for each object. */
  readonly timeoutMs: number;
  /** Milliseconds for which a 401 or 403 may come from a server that is still starting; ten seconds by default. */
  readonly refusalPatienceMs?: number;
  /** Makes independent requests one after the other, so that their events have a fixed order. */
  readonly inTurn?: boolean;
}

/** Upstream pauses 500 ms each time; a starting server is usually ready sooner. */
const pauseMs = doubling(50, 500);

/**
 * Creates the object, or replaces an existing one (upstream: util/apiclient CreateOrUpdate). Returns the object as the
 * server stored it.
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

/** Creates the object unless it exists. Returns whether it was created. */
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

/** Writes all objects concurrently; if one fails, cancels the others and throws its error. */
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
 * Runs independent work on the cluster concurrently: upstream makes the about forty small requests of an init one after
 * the other, under a client-side rate limit.
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
  await Promise.all(
    works.map(async (work) => {
      try {
        await work(each);
      } catch (error) {
        failed ??= { error };
        givenUp.abort();
      }
    }),
  );
  if (failed !== undefined) throw failed.error;
}

export interface RequestWords {
  /** Shown on the terminal while waiting: "ConfigMap kube-system/kubeadm-config". */
  readonly what: string;
  /** Prefix of the error message. */
  readonly context: () => string;
}

/** Makes a request to the cluster; retries while the failure may be temporary. */
export function persistently<T>(
  { what, context }: RequestWords,
  { cluster, clock, events, signal, timeoutMs, refusalPatienceMs }: ClusterWritePorts,
  request: (cluster: Cluster, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return persist({
    what: `${what} at ${cluster.server}`,
    attempt: (attemptSignal) => request(cluster, attemptSignal),
    explain: (error) => explainRequestFailure(context(), error, refusalPatienceMs),
    deadlineMs: timeoutMs,
    everyMs: pauseMs,
    clock,
    events,
    signal,
  });
}

/** Returns how an object is named on the terminal. */
export function nameOf(type: ResourceType<KubernetesObject>, { metadata }: KubernetesObject): string {
  const { name = "", namespace } = metadata ?? {};
  return `${type.kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}
