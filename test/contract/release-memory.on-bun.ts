// Run by release-memory.test.ts inside the compiled program's runtime. Prints the private memory in KiB that a program
// keeps after it has loaded the code of a join, and what is left after it has asked the runtime to give memory back.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { processPorts } from "../../bin/process-ports.ts";

const { releaseMemory } = processPorts(new AbortController().signal);
const { joinPhases } = await import("../../src/phases/join/index.ts");
const kept = await settled();
releaseMemory();
const left = await settled();
console.log(JSON.stringify({ phases: joinPhases.length, kept, left }));

/** The least of a second: the allocator gives free pages back to the system a little later. */
async function settled(): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 20; round++) {
    await sleep(50);
    const [, kibibytes] = /RssAnon:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
    least = Math.min(least, Number(kibibytes));
  }
  return least;
}
