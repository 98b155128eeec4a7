// Who does as doctor says loses nothing: each fault is made on a real host, the commands that doctor prints are carried
// out, and the machine must be whole, or a person must have been told what to decide. By default only the sample is run,
// with one control plane; DOCTOR_OBEY=all runs all, and DOCTOR_OBEY_CONTROL_PLANES=3 with three control planes.
import { afterAll, beforeAll, expect, test } from "vitest";
import { crictlProgram } from "../support/doctor/crictl.ts";
import { findingsOf } from "../support/doctor/examine.ts";
import type { Fault } from "../support/doctor/fault.ts";
import { controlPlaneNames, type Examined, type FaultLab, faultLab } from "../support/doctor/fault-lab.ts";
import { type Inventory, lossesBetween } from "../support/doctor/obedience/inventory.ts";
import { type Obedience, obey } from "../support/doctor/obedience/obey.ts";
import { takeFileInventory, takeInventory } from "../support/doctor/obedience/take-inventory.ts";
import { allFaults } from "./doctor/all-faults.ts";

const isWhole = process.env["DOCTOR_OBEY"] === "all";
const controlPlanes = controlPlaneNames.slice(0, Number(process.env["DOCTOR_OBEY_CONTROL_PLANES"] ?? 1));

const chosen = allFaults
  .filter(({ inObeySample }) => isWhole || inObeySample === true)
  .filter(
    ({ on, needsSeveralControlPlanes }) =>
      controlPlanes.length > 1 || (on !== "cp2" && needsSeveralControlPlanes !== true),
  );

const healsMs = 100_000;
/** For what only a person can mend. */
const staysMs = 8_000;

let lab: FaultLab;
let before: Inventory;
/** Set while a fault is on its way: what it leaves behind must not redden those that follow. */
let isBroken = false;
const rows: string[] = [];

beforeAll(async () => {
  lab = await faultLab(controlPlanes);
  await begin();
});
afterAll(async () => {
  process.stderr.write(`${rows.join("\n")}\n`);
  await lab?.[Symbol.asyncDispose]();
});

async function begin(): Promise<void> {
  const crictl = await crictlProgram(lab.lab);
  for (const host of lab.lab.hosts()) await host.copyIn(crictl, "/usr/local/bin/crictl", 0o755);
  before = await inventory();
}

function inventory(): Promise<Inventory> {
  return takeInventory(lab.lab, {
    controlPlanes: controlPlanes.map((name) => lab.host(name)),
    others: [lab.host("w1")],
  });
}

/** What the fault has taken from other hosts than the one whose doctor is obeyed: it comes back when the fault ends. */
async function takenElsewhere({ on, elsewhere }: Fault): Promise<ReadonlySet<string>> {
  if (elsewhere === undefined) return new Set();
  const others = lab.lab.hosts().filter(({ name }) => name !== on);
  const files = await takeFileInventory(others);
  const isTheirs = (fact: string) => others.some(({ name }) => fact.startsWith(`${name}:`));
  return new Set(lossesBetween(before, files).filter(isTheirs));
}

test.for(chosen.map((fault) => [fault.name, fault] as const))("obeyed: %s", { timeout: 900_000 }, async ([, fault]) => {
  if (isBroken) {
    await lab.makeAgain();
    await begin();
  }
  isBroken = true;
  const started = performance.now();
  let examined: Examined | undefined;
  let obedience: Obedience | undefined;
  let lost: readonly string[] = [];
  let failure: unknown;
  try {
    await lab.examine(fault, async (first) => {
      examined = first;
      const taken = await takenElsewhere(fault);
      obedience = await obey(lab, fault.on, { healsMs: fault.decides === undefined ? healsMs : staysMs });
      if (obedience.isWhole) lost = lossesBetween(before, await inventory()).filter((fact) => !taken.has(fact));
    });
    // What a fault breaks, its end mends; what obedience has lost stays lost.
    lost = [...new Set([...lost, ...lossesBetween(before, await inventory())])];
    isBroken = lost.length > 0;
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    const row = rowOf(fault, { examined, obedience, lost, failure, seconds: (performance.now() - started) / 1000 });
    rows.push(row);
    process.stderr.write(`${row}\n`);
  }
  expect(lost).toEqual([]);
  expect(obedience?.deeds.filter(({ status }) => status === "timeout")).toEqual([]);
  const told = (obedience?.findings ?? []).flatMap(({ remedy = "", decision = "" }) => [remedy, decision]).join("\n");
  if (fault.decides === undefined) expect(obedience?.isWhole, told).toBe(true);
  else if (obedience?.isWhole !== true) expect(told).toMatch(fault.decides);
});

interface Outcome {
  readonly examined: Examined | undefined;
  readonly obedience: Obedience | undefined;
  readonly lost: readonly string[];
  /** Why the host could not be brought back. */
  readonly failure: unknown;
  readonly seconds: number;
}

function rowOf({ name, on, decides }: Fault, { examined, obedience, lost, failure, seconds }: Outcome): string {
  const outcome =
    lost.length > 0
      ? "LOST"
      : failure !== undefined
        ? "BROKEN"
        : obedience?.isWhole === true
          ? "healed"
          : decides === undefined
            ? "NOT HEALED"
            : "decision";
  const deeds = (obedience?.deeds ?? []).map(
    ({ host, command, status, lastWords }) =>
      `    ${host} $ ${command}${status === 0 ? "" : `   → ${status}: ${lastWords}`}`,
  );
  const remains = obedience?.isWhole === true ? [] : (obedience?.findings ?? []);
  // Counted by doctor.test.ts; here it explains what was obeyed.
  const others = examined?.isRight === false ? findingsOf(examined.report) : [];
  return [
    `${outcome.padEnd(10)} ${seconds.toFixed(0).padStart(4)} s  ${on.padEnd(4)}  ${name}`,
    ...others.map((text) => `    not what was expected first: ${text}`),
    ...deeds,
    ...(obedience?.templates ?? []).map((text) => `    not carried out: ${text}`),
    ...remains.flatMap(({ finding, remedy = "no remedy", decision }) => [
      `    remains: ${finding}`,
      `    remedy: ${remedy}`,
      ...(decision === undefined ? [] : [`    decision: ${decision}`]),
    ]),
    ...lost.map((fact) => `    LOST: ${fact}`),
    ...(failure === undefined ? [] : [`    BROKEN: ${failure instanceof Error ? failure.message : String(failure)}`]),
  ].join("\n");
}
