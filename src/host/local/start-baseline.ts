/**
 * systemd's counters and invocation names when this program started a service. `systemctl stop` of a unit that waits
 * for its next automatic start does not reset NRestarts, and neither does the following start.
 */
export class StartBaseline {
  readonly #restarts = new Map<string, Promise<number | undefined>>();
  readonly #invocations = new Map<string, string>();
  readonly #stale = new Map<string, string>();

  /** The service was seen in this invocation. */
  seen(service: string, invocation: string): void {
    this.#invocations.set(service, invocation);
  }

  /** The service is about to be restarted, which ends its current invocation. */
  restarts(service: string): void {
    this.#stale.set(service, this.#invocations.get(service) ?? "");
  }

  /**
   * The service was started when systemd had counted this many automatic starts; undefined: the next check finds out. Never
   * rejects.
   */
  started(service: string, restarts: Promise<number | undefined>): void {
    this.#restarts.set(service, restarts);
  }

  /** Returns how many of the automatic starts that systemd counts came after the start, or after the first check. */
  async count(service: string, restarts: number): Promise<number> {
    const known = await this.#restarts.get(service);
    // systemd resets its counter when someone else starts a service that had ended.
    const before = known !== undefined && restarts < known ? 0 : (known ?? restarts);
    if (before !== known) this.#restarts.set(service, Promise.resolve(before));
    return restarts - before;
  }

  isStale(service: string, invocation: string): boolean {
    return invocation !== "" && this.#stale.get(service) === invocation;
  }
}
