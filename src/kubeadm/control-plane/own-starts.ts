import type { Container } from "../../cri/container-runtime.ts";

/**
 * Which containers of a static Pod tell something of this run: those that were made since it began. A machine that was a
 * node before has older ones, and the kubelet counts its attempts from theirs, or from the logs that they left.
 */
export class OwnStarts {
  readonly #since: Date;
  readonly #firstAttempts = new Map<string, number>();

  constructor(since: Date) {
    this.#since = since;
  }

  /** A container that was made since the run began. */
  isOwn({ createdAt }: Container): boolean {
    return createdAt >= this.#since;
  }

  /** How often a component was started again in this run, its containers being those that are left by now. */
  restarts(component: string, containers: readonly Container[]): number {
    const attempts = containers.filter((container) => this.isOwn(container)).map(({ attempt }) => attempt);
    const first = Math.min(...attempts, this.#firstAttempts.get(component) ?? Number.POSITIVE_INFINITY);
    this.#firstAttempts.set(component, first);
    return Math.max(0, ...attempts) - (Number.isFinite(first) ? first : 0);
  }
}
