// Many joins in parallel: so many at a time, each with a time limit, again if trying again can help.
import { setTimeout as sleep } from "node:timers/promises";
import { type ErrorCode, isKubeadmError, type JoinResult } from "kubeadm-ts";

/** A machine that is to join. */
export interface Candidate {
  readonly name: string;
  /** Joins it; a second call continues where the first one stopped. */
  readonly join: (signal: AbortSignal) => Promise<JoinResult>;
}

export interface JoinAllOptions {
  /** Joins at the same time. */
  readonly limit: number;
  /** Attempts for each machine. */
  readonly attempts: number;
  /** Milliseconds for one attempt. */
  readonly attemptMs: number;
  /** Milliseconds before the second attempt; they double for each further one. */
  readonly pauseMs: number;
  /** Ends all of it: machines that have not begun stay as they are. */
  readonly signal?: AbortSignal;
}

/** What became of a machine. */
export interface Outcome {
  readonly name: string;
  readonly attempts: number;
  /** Absent if it did not join. */
  readonly result?: JoinResult;
  /** Why the last attempt failed. */
  readonly error?: unknown;
}

/**
 * Failures that may be gone in a moment: a machine that is still starting, a cluster that is busy. A wrong token, a wrong
 * CA or a taken name are not among them: they need a person.
 */
const transient: ReadonlySet<ErrorCode> = new Set([
  "PREFLIGHT_FAILED",
  "DISCOVERY_UNREACHABLE",
  "DISCOVERY_TIMEOUT",
  "CLUSTER_UNREACHABLE",
  "CLUSTER_REQUEST_FAILED",
  "CONTAINER_RUNTIME_FAILED",
  "KUBELET_UNHEALTHY",
  "BOOTSTRAP_TIMEOUT",
]);

/** Joins all of them, and returns what became of each, in their order. Never throws. */
export async function joinAll(candidates: readonly Candidate[], options: JoinAllOptions): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const waiting = candidates.entries();
  const work = async () => {
    // The workers share one iterator: each takes the next machine when it is done with the last one.
    for (const [index, candidate] of waiting) outcomes[index] = await joinOne(candidate, options);
  };
  await Promise.all(Array.from({ length: options.limit }, work));
  return outcomes;
}

async function joinOne({ name, join }: Candidate, options: JoinAllOptions): Promise<Outcome> {
  const { attempts, attemptMs, pauseMs, signal = new AbortController().signal } = options;
  for (let attempt = 1; ; attempt += 1) {
    const deadline = AbortSignal.timeout(attemptMs);
    try {
      signal.throwIfAborted();
      return { name, attempts: attempt, result: await join(AbortSignal.any([signal, deadline])) };
    } catch (error) {
      const canHelp = deadline.aborted || (isKubeadmError(error) && transient.has(error.code));
      if (signal.aborted || attempt === attempts || !canHelp) return { name, attempts: attempt, error };
    }
    // The pause ends early if all of it ends; the next attempt then says so.
    await sleep(pauseMs * 2 ** (attempt - 1), undefined, { signal }).catch(() => undefined);
  }
}
