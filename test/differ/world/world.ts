import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import type { WorldSettings } from "../case.ts";
import type { Stage } from "../stage/stage.ts";
import type { WorldAnswer, WorldCommand, WorldNames, WorldRecord } from "./messages.ts";

/** The process that serves API servers and runtimes in the network of one stage, one world at a time. */
export class World implements Disposable {
  readonly #process: ChildProcess;
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
    const script = join(import.meta.dirname, "serve-world.ts");
    const node = [process.execPath, "--disable-warning=ExperimentalWarning", script];
    this.#process = spawn("nsenter", [...stage.networkArguments, "--", ...node], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
  }

  async start(settings: WorldSettings): Promise<WorldNames> {
    const answer = await this.#ask({ do: "start", settings, root: this.#stage.root });
    if (!("names" in answer)) throw new Error("the world did not start");
    return answer.names;
  }

  async stop(): Promise<WorldRecord> {
    const answer = await this.#ask({ do: "stop" });
    if (!("record" in answer)) throw new Error("the world did not stop");
    return answer.record;
  }

  #ask(command: WorldCommand): Promise<WorldAnswer> {
    return new Promise((done, fail) => {
      const onExit = () => fail(new Error("the world's process has ended"));
      this.#process.once("exit", onExit);
      this.#process.once("message", (answer: WorldAnswer) => {
        this.#process.off("exit", onExit);
        if ("failure" in answer) fail(new Error(`world: ${answer.failure}`));
        else done(answer);
      });
      this.#process.send(command);
    });
  }

  [Symbol.dispose](): void {
    this.#process.disconnect();
  }
}
