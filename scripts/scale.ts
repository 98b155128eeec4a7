// `npm run scale`: an empty cluster and one with thousands of objects, in turn: a join, doctor and `upgrade plan` must ask the
// same, take the same time and need the same memory.
import { relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type HugeMachine, hugeMachine } from "../test/support/doctor/huge-machine.ts";
import { createToken } from "../test/support/join/cluster-actions.ts";
import { type EmbeddedStage, embeddedStage, programUser } from "../test/support/join/embedded-stage.ts";
import { median } from "./bench/table.ts";
import { allHold, atMost, type Figure, startResult } from "./results/result.ts";
import { storeControlPlaneNode } from "./scale/control-plane-node.ts";
import { counts, fill } from "./scale/fill.ts";
import { type Measured, measuredRun } from "./scale/measure.ts";

const help = `Usage: npm run scale -- [--rounds N]

Compares an empty embedded cluster with one that has ${counts.nodes} Nodes, ${counts.tokens} Secrets of tokens and
${counts.requests} CertificateSigningRequests: joins of a worker, \`kubeadm doctor\` and \`kubeadm upgrade plan\`, in turn.

  --rounds N  Of each (default 7)
  --help      Show this.
`;

type Size = "empty" | "full";
const sizes = ["empty", "full"] as const satisfies readonly Size[];

interface Sample extends Measured {
  /** "get /api/v1/…", without names that chance gives. */
  readonly requests: readonly string[];
}

type Samples = Readonly<Record<Size, readonly Sample[]>>;

async function inTurn(rounds: number, measure: (size: Size, round: number) => Promise<Sample>): Promise<Samples> {
  const samples: Record<Size, Sample[]> = { empty: [], full: [] };
  // The first of each warms the page cache.
  for (const size of sizes) await measure(size, 0);
  for (let round = 1; round <= rounds; round += 1) {
    for (const size of round % 2 === 0 ? sizes.toReversed() : sizes) samples[size].push(await measure(size, round));
  }
  return samples;
}

function shown(path: string): string {
  return path
    .replace(/(csr|bootstrap-token)-[a-z0-9-]+/g, "$1-X")
    .replace(/(upgrade-health-check)-\d+/g, "$1-N")
    .replace(/\b(empty|full)-\d+\b/g, "NODE")
    .replace(/resourceVersion=\d+/g, "resourceVersion=N")
    .replace(/continue=[^&]+/g, "continue=X");
}

async function joins(rounds: number): Promise<Samples> {
  await using empty = await embeddedStage();
  await using full = await embeddedStage();
  fill(full.controlPlane);
  const stages: Readonly<Record<Size, EmbeddedStage>> = { empty, full };
  return await inTurn(rounds, async (size, round) => {
    const stage = stages[size];
    const hostname = `${size}-${round}`;
    await using machine = await stage.addMachine({ hostname });
    const token = await createToken(stage.cluster);
    const { endpoint, caPin } = stage.cluster;
    const since = stage.controlPlane.requests.all.length;
    const run = await measuredRun(
      machine.argv([
        ...["join", endpoint, "--token", token, "--discovery-token-ca-cert-hash", caPin],
        ...[...machine.nameArguments, ...machine.checkArguments],
      ]),
      programUser,
    );
    if (run.status !== 0) throw new Error(`the join ${hostname} failed: ${run.stderr}`);
    const requests = stage.controlPlane.requests.all
      .slice(since)
      .filter(({ userAgent }) => userAgent.startsWith("kubeadm"))
      .map(({ verb, path }) => `${verb} ${shown(path)}`);
    return { ...run, requests: requests.toSorted() };
  });
}

/** As many times as many objects in the empty and in the full cluster. */
type Fill = Readonly<Record<Size, number>>;

async function commands(
  rounds: number,
  args: readonly string[],
  times: Fill = { empty: 0, full: 1 },
): Promise<Samples> {
  await using empty = await controlPlaneMachine(times.empty);
  await using full = await controlPlaneMachine(times.full);
  const machines: Readonly<Record<Size, HugeMachine>> = { empty, full };
  return await inTurn(rounds, async (size) => {
    const { controlPlane } = machines[size];
    const since = controlPlane.requests.all.length;
    const run = await measuredRun(machines[size].argv(args), programUser);
    // Doctor finds what such a machine lacks.
    if (run.status !== 0 && args[0] !== "doctor") throw new Error(`${args.join(" ")} failed: ${run.stderr}`);
    // What a command that has timed out asked is answered later.
    await sleep(200);
    const requests = controlPlane.requests.all
      .slice(since)
      .filter(({ userAgent }) => userAgent.startsWith("kubeadm"))
      .map(({ verb, path }) => `${verb} ${shown(path)}`);
    return { ...run, requests: requests.toSorted() };
  });
}

/** Of the release before this program's, so that there is something to plan. */
async function controlPlaneMachine(times: number): Promise<HugeMachine> {
  const machine = await hugeMachine({ pods: 10, version: oldVersion });
  storeControlPlaneNode(machine.controlPlane, oldVersion);
  fill(machine.controlPlane, times);
  machine.controlPlane.controllers.start("job");
  return machine;
}

const oldVersion = "v1.36.3";

const round = (value: number) => Math.round(value * 1_000) / 1_000;

/** The ratio of the medians, and that of the pairs' own ratios: pairs are measured at nearly the same time. */
function ratioOf(samples: Samples, value: (sample: Sample) => number): number {
  const pairs = samples.empty.map((sample, index) => {
    const other = samples.full[index];
    return other === undefined ? Number.NaN : value(other) / value(sample);
  });
  return round(median(pairs));
}

interface Goal {
  /** Largest ratio of the full cluster to the empty one, of time. */
  readonly ratio?: number;
  /** Seconds, in the full cluster. */
  readonly seconds?: number;
  readonly sameRequests?: boolean;
  /** Largest ratio of memory. */
  readonly memory?: number;
}

function figuresOf(what: string, samples: Samples, goal: Goal): readonly Figure[] {
  const of = (size: Size, value: (sample: Sample) => number) => round(median(samples[size].map(value)));
  const figure = (name: string, unit: string, value: (sample: Sample) => number): readonly Figure[] =>
    sizes.map((size) => ({ what: `${what}: ${name}, ${size} cluster`, value: of(size, value), unit }));
  const requests = (size: Size) => samples[size].map((sample) => sample.requests.length);
  const distinct = (size: Size) => [...new Set(samples[size].flatMap((sample) => sample.requests))].toSorted();
  const others = distinct("full").filter((each) => !distinct("empty").includes(each));
  for (const each of others) console.log(`${what}: only in the full cluster: ${each}`);
  const cpu = ratioOf(samples, (sample) => sample.cpuSeconds);
  const memory = ratioOf(samples, (sample) => sample.mebibytes);
  return [
    ...figure("time", "s", (sample) => sample.seconds),
    ...figure("CPU time", "s", (sample) => sample.cpuSeconds),
    ...figure("peak of resident memory", "MiB", (sample) => sample.mebibytes),
    ...sizes.map((size) => ({ what: `${what}: requests, ${size} cluster`, value: median(requests(size)) })),
    ...(goal.sameRequests === true
      ? [
          {
            what: `${what}: requests that only the full cluster got`,
            value: others.length,
            goal: "0",
            holds: others.length === 0,
          },
        ]
      : []),
    goal.ratio === undefined
      ? {
          what: `${what}: time in the full cluster, of that in the empty one`,
          value: ratioOf(samples, (each) => each.seconds),
        }
      : atMost(
          `${what}: time in the full cluster, of that in the empty one`,
          ratioOf(samples, (each) => each.seconds),
          goal.ratio,
        ),
    { what: `${what}: CPU time in the full cluster, of that in the empty one`, value: cpu },
    goal.memory === undefined
      ? { what: `${what}: memory in the full cluster, of that in the empty one`, value: memory }
      : atMost(`${what}: memory in the full cluster, of that in the empty one`, memory, goal.memory),
    ...(goal.seconds === undefined
      ? []
      : [
          atMost(
            `${what}: longest time in the full cluster`,
            round(Math.max(...samples.full.map((each) => each.seconds))),
            goal.seconds,
            "s",
          ),
        ]),
  ];
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { rounds: { type: "string", default: "7" }, help: { type: "boolean", default: false } },
  });
  const rounds = Number(values.rounds);
  if (values.help || !Number.isInteger(rounds) || rounds < 1) {
    (values.help ? process.stdout : process.stderr).write(help);
    return values.help ? 0 : 2;
  }
  const write = startResult({ name: "scale", command: "npm run scale" });
  const figures: Figure[] = [];
  const add = (found: readonly Figure[]) => {
    for (const { what, value, unit = "", goal, holds } of found) {
      const judgement = goal === undefined ? "" : ` (${goal}${holds === false ? ": DOES NOT HOLD" : ""})`;
      console.log(`${what}: ${value} ${unit}`.trim() + judgement);
    }
    figures.push(...found);
  };
  add(figuresOf("join", await joins(rounds), { ratio: 1.1, sameRequests: true, memory: 1.1 }));
  const doctor = ["doctor", "-o", "json"];
  add(figuresOf("doctor", await commands(rounds, doctor), { seconds: 3 }));
  // What it reads has a limit, which an empty cluster does not reach: beyond it, nothing grows.
  const larger = await commands(Math.ceil(rounds / 2), doctor, { empty: 1, full: 2 });
  const memoryOf = (size: Size) => round(median(larger[size].map((sample) => sample.mebibytes)));
  add([
    { what: "doctor: peak of resident memory, cluster twice as full", value: memoryOf("full"), unit: "MiB" },
    atMost(
      "doctor: memory in that cluster, of that in the full one",
      ratioOf(larger, (sample) => sample.mebibytes),
      1.1,
    ),
  ]);
  const plan = ["upgrade", "plan", "v1.37.2", "--ignore-preflight-errors=all", "--etcd-upgrade=false"];
  add(figuresOf("upgrade plan", await commands(rounds, plan), { seconds: 10 }));
  const skipped = [
    { what: "a real API server", why: "the objects of a large cluster take minutes to create there" },
    { what: "tokens that sign", why: "each adds a line to cluster-info, which etcd limits to 1.5 MiB" },
  ];
  console.log(`written to ${relative(process.cwd(), write({ figures, skipped }))}`);
  return allHold(figures) ? 0 : 1;
}

process.exitCode = await main();
