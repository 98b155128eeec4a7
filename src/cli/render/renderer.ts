import type { Event } from "../../events/event.ts";
import type { ModulePattern } from "../../kubeadm/flags/flag.ts";

/** Prints a run: each of its events, and the error that it may end with. */
export interface Renderer {
  event(event: Event): void;
  /** Prints the error that ended the run. Nothing is printed after it. */
  failure(error: unknown): void;
}

export interface Verbosity {
  readonly level: number;
  readonly areas: readonly ModulePattern[];
}
