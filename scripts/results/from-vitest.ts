import type { Reporter, TestModule } from "vitest/node";
import { type Figure, reasonOfSkipped, type Skipped, startResult } from "./result.ts";

/** Writes the result of a run of `npm run …` that is vitest alone: what passed and failed in each file, and what was skipped. */
export class ResultOfRun implements Reporter {
  readonly #write: ReturnType<typeof startResult> | undefined;
  constructor() {
    const { npm_lifecycle_event: name, npm_lifecycle_script: script = "" } = process.env;
    // With arguments of its own, it runs a selection of the tests, which is no result of the whole.
    const isSelection = process.argv.slice(2).some((word) => !script.split(" ").includes(word));
    if (name === undefined || isSelection) return;
    this.#write = startResult({ name: name.replaceAll(":", "-"), command: `npm run ${name}` });
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    if (this.#write === undefined) return;
    const figures: Figure[] = [];
    const skipped: Skipped[] = [];
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      const count = (state: string) => tests.filter((test) => test.result().state === state).length;
      const failed = count("failed") + module.errors().length;
      figures.push({
        what: module.relativeModuleId,
        value: `${count("passed")} passed${failed === 0 ? "" : `, ${failed} failed`}`,
        goal: "none failed",
        holds: failed === 0,
      });
      for (const test of tests) {
        if (test.result().state === "skipped")
          skipped.push({ what: test.fullName, why: reasonOfSkipped(test.fullName) });
      }
    }
    this.#write({ figures, skipped });
  }
}
