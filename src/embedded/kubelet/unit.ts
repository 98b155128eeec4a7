import { localClock } from "../../host/local/clock.ts";
import { KubeletExit } from "./kubelet-exit.ts";
import { type LifeOptions, liveOnce } from "./life.ts";

/** The effects of `systemctl stop` and `restart` on the unit; sent by IPC from the parent process. */
export type UnitCommand = "stop" | "restart";

export interface UnitOptions extends LifeOptions {
  /** RestartSec of the unit, in milliseconds. */
  readonly restartDelayMs: number;
  /** Returns the command line of a start, read again for each. */
  readonly arguments: () => readonly string[];
}

/** kubelet.service under a service manager: starts immediately, is restarted when it exits, and handles commands. */
export class KubeletUnit {
  #isWanted = true;
  #life = new AbortController();
  #ended: Promise<void> = Promise.resolve();
  #wake = Promise.withResolvers<void>();

  /** Resolves when the command is done: nothing of the previous run is left. */
  async obey(command: UnitCommand): Promise<void> {
    this.#isWanted = command === "restart";
    this.#life.abort();
    await this.#ended;
    this.#wake.resolve();
  }

  /** Ends with the signal's reason. */
  async run(options: UnitOptions): Promise<never> {
    const { signal } = options;
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    aborted.catch(() => undefined);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    for (;;) {
      signal.throwIfAborted();
      if (!this.#isWanted) {
        this.#wake = Promise.withResolvers();
        await Promise.race([this.#wake.promise, aborted]);
        continue;
      }
      this.#life = new AbortController();
      const life = this.#live(options, AbortSignal.any([signal, this.#life.signal]));
      this.#ended = life.catch(() => undefined);
      await life;
    }
  }

  async #live(options: UnitOptions, signal: AbortSignal): Promise<void> {
    try {
      await liveOnce({ ...options, argv: options.arguments(), signal });
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof KubeletExit)) throw error;
      options.log.error("command failed", error.message);
    }
    try {
      await localClock.sleep(options.restartDelayMs, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
