import { expect } from "vitest";
import { says } from "../support/join/joining.ts";
import type { Outcome, RunningKubeadm } from "../support/join/stage.ts";
import { doDeed } from "./deeds.ts";
import { type Expectations, linePattern, substituted, type WalkCommand, type WalkStep } from "./walk.ts";
import type { WalkWorld } from "./walk-world.ts";

/** Walks through sections of one walk in turn; what one has captured, the next ones know. */
export class Walker {
  readonly #world: WalkWorld;
  readonly #values = new Map<string, string>();
  /** What was left running, by machine. */
  readonly #running = new Map<string, RunningKubeadm>();

  constructor(world: WalkWorld) {
    this.#world = world;
  }

  async walk(steps: readonly WalkStep[]): Promise<void> {
    for (const step of steps) {
      try {
        await this.#step(step);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new Error(`line ${step.line}, ${step.text}\n${reason}`, { cause: error });
      }
    }
  }

  async #step(step: WalkStep): Promise<void> {
    if (step.kind === "command") return this.#type(step);
    const [, machine = "", words] = /^(\S+) says (.*)$/.exec(step.text) ?? [];
    if (words !== undefined) return says(this.#runningOn(machine), words);
    const [, ending] = /^(\S+) ends$/.exec(step.text) ?? [];
    if (ending !== undefined) return this.#check(await this.#runningOn(ending).ended, step.expectations);
    const learned = await doDeed(substituted(step.text, this.#known("URL")), this.#world);
    for (const [name, value] of Object.entries(learned)) this.#values.set(name, value);
  }

  async #type({ machine, text, inBackground, expectations }: WalkCommand): Promise<void> {
    const running = (await this.#world.machine(machine)).type(substituted(text, await this.#valuesFor(text)));
    if (inBackground) this.#running.set(machine, running);
    else this.#check(await running.ended, expectations);
  }

  #check(outcome: Outcome, expectations: Expectations): void {
    const output = `${outcome.stdout}\n${outcome.stderr}`;
    expect(outcome.status, output).toBe(expectations.status);
    for (const line of expectations.lines) expect(output).toMatch(linePattern(substituted(line, this.#values)));
    for (const line of expectations.missing) expect(output).not.toMatch(linePattern(substituted(line, this.#values)));
    for (const [name, pattern] of expectations.captures) {
      const value = new RegExp(substituted(pattern, this.#values), "m").exec(output)?.[1];
      if (value === undefined) throw new Error(`nothing for $${name} in:\n${output}`);
      this.#values.set(name, value);
    }
  }

  /** $CP2 is the address of machine cp2. */
  async #valuesFor(text: string): Promise<ReadonlyMap<string, string>> {
    for (const [, name = ""] of text.matchAll(/\$(CP\d)\b/g)) {
      if (!this.#values.has(name)) this.#values.set(name, (await this.#world.machine(name.toLowerCase())).address);
    }
    return this.#values;
  }

  #runningOn(machine: string): RunningKubeadm {
    const running = this.#running.get(machine);
    if (running === undefined) throw new Error(`nothing was left running on ${machine}`);
    return running;
  }

  /** All values but one that the sentence itself is about. */
  #known(except: string): ReadonlyMap<string, string> {
    return new Map([...this.#values].filter(([name]) => name !== except));
  }
}
