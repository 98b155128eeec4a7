import type { Container } from "../../cri/container-runtime.ts";

/**
 * Identifies the containers of a static Pod that belong to this run: those created since it began. A machine that was a
 * node before has older ones, and the kubelet continues their attempt numbers, or those of the logs that they left.
 */
export class OwnStarts {
  readonly #since: Date;
  readonly #firstAttempts = new Map<string, number>();

  constructor(since: Date) {
    this.#since = since;
  }

  /** Reports whether the container was created since the run began. */
  isOwn({ createdAt }: Container): boolean {
    return createdAt >= this.#since;
  }

  /** Returns how often a component was restarted in this run, given its remaining containers. */
  restarts(component: string, containers: readonly Container[]): number {
    const attempts = containers.filter((container) => this.isOwn(container)).map(({ attempt }) => attempt);
    const first = Math.min(...attempts, this.#firstAttempts.get(component) ?? Number.POSITIVE_INFINITY);
    this.#firstAttempts.set(component, first);
    return Math.max(0, ...attempts) - (Number.isFinite(first) ? first : 0);
  }
}
