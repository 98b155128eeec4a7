import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryDirectory } from "../support/temporary/temporary-directory.ts";
import { mostProcessorMs, watchProgram } from "./watched-program.ts";

async function watched(script: string, interruptWhen?: Promise<unknown>) {
  using made = temporaryDirectory();
  chmodSync(made.path, 0o755);
  const program = join(made.path, "program");
  writeFileSync(program, `#!/bin/sh\n${script}\n`);
  chmodSync(program, 0o755);
  return await watchProgram(program, [], interruptWhen === undefined ? {} : { interruptWhen });
}

it("ends an endless computation, by its CPU time", { timeout: 300_000 }, async () => {
  const { status, processorMs } = await watched("while :; do :; done");
  expect(status).toBeUndefined();
  expect(processorMs).toBeGreaterThan(mostProcessorMs);
});

it("counts what is computed after an interruption, and no waiting", { timeout: 120_000 }, async () => {
  const computing = "i=0; while [ $i -lt 300000 ]; do i=$((i + 1)); done";
  const result = await watched(
    `trap '${computing}; exit 3' INT; while :; do sleep 0.05; done`,
    new Promise((resolve) => setTimeout(resolve, 1_000)),
  );
  expect(result.status).toBe(3);
  expect(result.processorMsAfterInterruption).toBeGreaterThan(50);
  expect(result.processorMs - result.processorMsAfterInterruption).toBeLessThan(900);
});
