import type { Controller } from "./reconciler.ts";

/** Names of kube-controller-manager's --controllers, as far as this control plane has them. */
export type ControllerName =
  | "bootstrapsigner"
  | "tokencleaner"
  | "csrapproving"
  | "csrsigning"
  | "garbagecollector"
  | "namespace"
  | "nodeipam";

/** The switches of the controller manager. */
export class Controllers {
  readonly #controllers: ReadonlyMap<string, Controller>;
  readonly #running = new Set<string>();
  readonly #errors: unknown[] = [];

  constructor(make: (onError: (error: unknown) => void) => readonly Controller[]) {
    const made = make((error) => this.#errors.push(error));
    this.#controllers = new Map(made.map((controller) => [controller.name, controller]));
  }

  get running(): readonly string[] {
    return [...this.#running].sort();
  }

  /** The errors of controllers, apart from conflicts; they continue after each. */
  get errors(): readonly unknown[] {
    return this.#errors;
  }

  start(name: ControllerName): void {
    this.#controllers.get(name)?.start();
    if (this.#controllers.has(name)) this.#running.add(name);
  }

  stop(name: ControllerName): void {
    this.#controllers.get(name)?.stop();
    this.#running.delete(name);
  }

  startAll(): void {
    for (const [name, controller] of this.#controllers) {
      controller.start();
      this.#running.add(name);
    }
  }

  /** As if the controller manager were down. */
  stopAll(): void {
    for (const controller of this.#controllers.values()) controller.stop();
    this.#running.clear();
  }
}
