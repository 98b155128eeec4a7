/**
 * What systemd's counters and names were when this program started a service. `systemctl stop` of a unit that waits for its
 * next automatic start leaves NRestarts as it is, and so does the start after it.
 */
export class StartBaseline {
  readonly #restarts = new Map<string, number>();
  readonly #invocations = new Map<string, string>();
  readonly #stale = new Map<string, string>();

  /** The service was seen in this invocation of it. */
  seen(service: string, invocation: string): void {
    this.#invocations.set(service, invocation);
  }

  /** It is about to be restarted: its invocation until now is over. */
  restarts(service: string): void {
    this.#stale.set(service, this.#invocations.get(service) ?? "");
  }

  /** It was started when systemd had counted so many automatic starts; undefined: the next look tells. */
  started(service: string, restarts: number | undefined): void {
    if (restarts === undefined) this.#restarts.delete(service);
    else this.#restarts.set(service, restarts);
  }

  /** Of the automatic starts that systemd counts, those since the start, or since the first look. */
  count(service: string, restarts: number): number {
    const before = this.#restarts.get(service);
    // systemd counts anew when somebody else starts a service that had come to its end.
    if (before === undefined || restarts < before) this.#restarts.set(service, before === undefined ? restarts : 0);
    return restarts - (this.#restarts.get(service) ?? 0);
  }

  isStale(service: string, invocation: string): boolean {
    return invocation !== "" && this.#stale.get(service) === invocation;
  }
}
