import type { Controller } from "./reconciler.ts";

/** The controllers of this control plane, by their names in kube-controller-manager's --controllers. */
export type ControllerName =
  | "bootstrapsigner"
  | "tokencleaner"
  | "csrapproving"
  | "csrsigning"
  | "garbagecollector"
  | "namespace"
  | "nodeipam"
  | "job";

/** The controllers, which can be stopped and started one by one. */
export class Controllers {
  readonly #controllers: ReadonlyMap<string, Controller>;
  readonly #running = new Set<string>();
  readonly #errors: unknown[] = [];

  constructor(make: (onError: (error: unknown) => void) => readonly Controller[]) {
    const made = make((error) => this.#errors.push(error));
    this.#controllers = new Map(made.map((controller) => [controller.name, controller]));
  }

  /** Names of the controllers that run, sorted. */
  get running(): readonly string[] {
    return [...this.#running].sort();
  }

  /** The errors of controllers other than conflicts. A controller continues after an error. */
  get errors(): readonly unknown[] {
    return this.#errors;
  }

  /** Starts a controller; does nothing if the control plane does not have it. */
  start(name: ControllerName): void {
    this.#controllers.get(name)?.start();
    if (this.#controllers.has(name)) this.#running.add(name);
  }

  /** Stops a controller. */
  stop(name: ControllerName): void {
    this.#controllers.get(name)?.stop();
    this.#running.delete(name);
  }

  /** Starts all controllers. */
  startAll(): void {
    for (const [name, controller] of this.#controllers) {
      controller.start();
      this.#running.add(name);
    }
  }

  /** Stops all controllers, as if the controller manager were down. */
  stopAll(): void {
    for (const controller of this.#controllers.values()) controller.stop();
    this.#running.clear();
  }
}
