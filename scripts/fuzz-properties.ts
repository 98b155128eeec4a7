// `npm run fuzz:properties`: runs all property tests with new seeds, one round after the other, until one fails or the time
// is over. `--minutes N` sets the time (10 by default), `--seed N` begins with that seed. Other arguments go to vitest.
import { spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { largestSeed } from "../test/support/properties/seed.ts";

const { values, positionals } = parseArgs({
  options: { minutes: { type: "string", default: "10" }, seed: { type: "string" } },
  allowPositionals: true,
});

const files = globSync("src/**/*.test.ts").filter((file) => readFileSync(file, "utf8").includes('from "fast-check"'));

function round(seed: number): boolean {
  const started = performance.now();
  const args = ["run", "--reporter=dot", ...(positionals.length > 0 ? positionals : files)];
  const { status } = spawnSync("vitest", args, {
    stdio: "inherit",
    env: { ...process.env, PROPERTY_SEED: String(seed) },
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`seed ${seed}: ${status === 0 ? "passed" : "FAILED"} in ${seconds} s`);
  return status === 0;
}

function main(): number {
  const deadline = performance.now() + Number(values.minutes) * 60_000;
  let seed = Number(values.seed ?? randomInt(largestSeed));
  let rounds = 0;
  while (rounds === 0 || performance.now() < deadline) {
    if (!round(seed)) {
      console.log(`To repeat it: PROPERTY_SEED=${seed} npm run unit`);
      return 1;
    }
    rounds += 1;
    seed = randomInt(largestSeed);
  }
  console.log(`${rounds} rounds passed.`);
  return 0;
}

process.exitCode = main();
