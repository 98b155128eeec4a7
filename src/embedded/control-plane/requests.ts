/** A request that was answered, with the fields of an audit log. */
export interface LoggedRequest {
  /** When it was answered, by the control plane's clock. */
  readonly time: Date;
  /**
   * The Kubernetes verb: get, list, watch, create, update, patch, delete, deletecollection; otherwise the lowercase
   * method.
   */
  readonly verb: string;
  readonly method: string;
  /** Path of the URL with the query. */
  readonly path: string;
  /** HTTP status code of the answer. */
  readonly code: number;
  /** Name of the user; empty if authentication failed or a fault applied before it. */
  readonly user: string;
  readonly groups: readonly string[];
  readonly userAgent: string;
}

/** Selects requests of a RequestLog. */
export type RequestPredicate = (request: LoggedRequest) => boolean;

/** The requests in the order of their answers. A watch counts as answered when it starts. */
export class RequestLog {
  #entries: LoggedRequest[] = [];
  readonly #listeners = new Set<(request: LoggedRequest) => void>();

  /** All requests since the start or the last `clear`. */
  get all(): readonly LoggedRequest[] {
    return this.#entries;
  }

  /** Returns the requests that match. */
  matching(predicate: RequestPredicate): readonly LoggedRequest[] {
    return this.#entries.filter(predicate);
  }

  /** Returns the next request that matches. Throws the signal's reason if it aborts first. */
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

  /** Removes all requests. */
  clear(): void {
    this.#entries = [];
  }

  /** Appends a request. */
  add(request: LoggedRequest): void {
    this.#entries.push(request);
    for (const listener of [...this.#listeners]) listener(request);
  }
}
