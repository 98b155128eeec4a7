/** One answered request, as an audit log shows it. */
export interface LoggedRequest {
  readonly time: Date;
  /**
   * The Kubernetes verb: get, list, watch, create, update, patch, delete, deletecollection; otherwise the lowercase
   * method.
   */
  readonly verb: string;
  readonly method: string;
  /** Including the query. */
  readonly path: string;
  readonly code: number;
  /** Empty if authentication failed or a fault came first. */
  readonly user: string;
  readonly groups: readonly string[];
  readonly userAgent: string;
}

export type RequestPredicate = (request: LoggedRequest) => boolean;

/** The requests, in the order of the answers; a watch counts as answered when it starts. */
export class RequestLog {
  #entries: LoggedRequest[] = [];
  readonly #listeners = new Set<(request: LoggedRequest) => void>();

  get all(): readonly LoggedRequest[] {
    return this.#entries;
  }

  matching(predicate: RequestPredicate): readonly LoggedRequest[] {
    return this.#entries.filter(predicate);
  }

  /** Returns the next request that matches; rejects with the signal's reason if it aborts first. */
  next(predicate: RequestPredicate, signal: AbortSignal): Promise<LoggedRequest> {
    const { promise, resolve, reject } = Promise.withResolvers<LoggedRequest>();
    const stop = () => {
      this.#listeners.delete(listen);
      signal.removeEventListener("abort", onAbort);
    };
    const listen = (request: LoggedRequest) => {
      if (!predicate(request)) return;
      stop();
      resolve(request);
    };
    const onAbort = () => {
      stop();
      reject(signal.reason);
    };
    this.#listeners.add(listen);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    return promise;
  }

  clear(): void {
    this.#entries = [];
  }

  add(request: LoggedRequest): void {
    this.#entries.push(request);
    for (const listener of [...this.#listeners]) listener(request);
  }
}
