// Faults of every group, injected on real hosts: doctor must name each one first. By default only the sample is run;
// DOCTOR_FAULTS=all runs all of them.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findingsOf } from "../support/doctor/examine.ts";
import type { Fault } from "../support/doctor/fault.ts";
import { type Examined, type FaultLab, faultLab } from "../support/doctor/fault-lab.ts";
import { allFaults } from "./doctor/all-faults.ts";
import { healthyStates } from "./doctor/healthy-states.ts";

const isWhole = process.env["DOCTOR_FAULTS"] === "all";
const chosen = isWhole ? allFaults : allFaults.filter(({ inSample }) => inSample === true);

let lab: FaultLab;
const results = new Map<Fault, Examined>();

beforeAll(async () => {
  lab = await faultLab();
});
afterAll(() => lab?.[Symbol.asyncDispose]());

describe("kubeadm doctor", () => {
  test.for(healthyStates.map((state) => [state.name, state] as const))("finds nothing on %s", async ([, state]) => {
    const { seconds } = await lab.staysWell(state);
    process.stderr.write(`right ${seconds.toFixed(1).padStart(4)} s  ${state.on.padEnd(4)}  healthy: ${state.name}\n`);
  });

  // Each of these fails if the fault is not undone; whether doctor was right is counted at the end. A control plane whose
  // API servers have crashed without etcd is back minutes later.
  test.for(chosen.map((fault) => [fault.name, fault] as const))(
    "is asked: %s",
    { timeout: 900_000 },
    async ([, fault]) => {
      await lab.examine(fault, (examined) => {
        results.set(fault, examined);
        process.stderr.write(`${row(fault, examined)}\n`);
      });
    },
  );

  test("names at least 95 of 100 faults first, within 3 s on a quiet machine", () => {
    const all = [...results.values()];
    const right = all.filter(({ isRight }) => isRight).length;
    const slowestOf = (some: readonly Examined[]) => Math.max(0, ...some.map(({ report }) => report.seconds));
    const slowest = slowestOf(all);
    const table = [...results].map(([fault, examined]) => row(fault, examined)).join("\n");
    process.stderr.write(`${table}\nright: ${right} of ${all.length}; the slowest took ${slowest.toFixed(1)} s\n`);
    expect(right / all.length, table).toBeGreaterThanOrEqual(0.95);
    expect(slowestOf(all.filter(({ isQuiet }) => isQuiet))).toBeLessThan(3);
  });
});

function row({ name, on }: Fault, { isRight, report }: Examined): string {
  const line = `${isRight ? "right" : "WRONG"} ${report.seconds.toFixed(1).padStart(4)} s  ${on.padEnd(4)}  ${name}`;
  const found = findingsOf(report);
  return isRight ? line : [line, ...found.map((each) => `                    ${each}`)].join("\n");
}
