import type { Event } from "../../events/event.ts";
import type { ModulePattern } from "../../kubeadm/flags/flag.ts";

/** Makes a run visible: a fold over its events, and the error it may end with. */
export interface Renderer {
  event(event: Event): void;
  /** The error that ended the run; its last word. */
  failure(error: unknown): void;
}

export interface Verbosity {
  readonly level: number;
  readonly areas: readonly ModulePattern[];
}
