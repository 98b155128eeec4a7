import { throwIfAborted } from "../async/signal.ts";

export interface FirstAnswerOptions<T> {
  /** Asks one of them; its signal aborts once another one has answered. */
  readonly ask: (endpoint: string, signal: AbortSignal) => Promise<T>;
  /** Milliseconds of silence after which the next one is asked too. */
  readonly patienceMs: number;
  /** Whether a failure ends it all, whatever the others would say. */
  readonly isFinal: (error: unknown) => boolean;
  /** Of two failures that are not final, the one to go by. */
  readonly chosen: (one: unknown, other: unknown) => unknown;
  /** The failure where there is nobody to ask. */
  readonly none: () => Error;
  readonly signal: AbortSignal;
}

/**
 * The first answer of several servers that would all give the same: they are asked in order, the next one when the one
 * before fails or keeps silent. Throws one of the failures where nobody answers.
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
