import { throwIfAborted } from "../async/signal.ts";

export interface FirstAnswerOptions<T> {
  /** Calls one of the servers; its signal aborts once another one has answered. */
  readonly ask: (endpoint: string, signal: AbortSignal) => Promise<T>;
  /** Milliseconds without an answer after which the next server is called too. */
  readonly patienceMs: number;
  /** Reports whether a failure is final, whatever the others would answer. */
  readonly isFinal: (error: unknown) => boolean;
  /** Returns the more informative one of two failures that are not final. */
  readonly chosen: (one: unknown, other: unknown) => unknown;
  /** The failure if there are no servers. */
  readonly none: () => Error;
  readonly signal: AbortSignal;
}

/**
 * Returns the first answer of several servers that would all answer the same: they are called in order, the next one
 * when the previous one fails or is silent. Throws one of the failures if none answers.
 */
export async function firstAnswer<T>(endpoints: readonly string[], options: FirstAnswerOptions<T>): Promise<T> {
  const { ask, patienceMs, isFinal, chosen, none, signal } = options;
  throwIfAborted(signal);
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  let waiting = endpoints.length;
  let next = 0;
  let failure: unknown;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const askNext = () => {
    clearTimeout(timer);
    const endpoint = endpoints[next];
    if (endpoint === undefined || either.aborted) return;
    next++;
    timer = setTimeout(askNext, patienceMs);
    ask(endpoint, either).then(resolve, (error: unknown) => {
      waiting--;
      failure = failure === undefined ? error : chosen(failure, error);
      if (isFinal(error)) reject(error);
      else if (waiting === 0) reject(failure);
      else askNext();
    });
  };

  if (endpoints.length === 0) throw none();
  askNext();
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    over.abort();
  }
}
