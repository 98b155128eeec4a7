import type { LabHost } from "../../lab/lab-host.ts";
import { checkArguments } from "../../test/support/control-plane/control-plane-lab.ts";
import { openUpgradeLab, programs, toVersion } from "../../test/support/upgrade/upgrade-lab.ts";
import type { Measurement } from "./measurement.ts";
import { memoryRow, withPeakMemory } from "./peak-memory.ts";
import { inTurn, mapSamples, order, type Program, type Samples, say, timedCommand } from "./programs.ts";
import type { Row } from "./table.ts";

const apply = ["apply", `v${toVersion}`, "--yes", ...checkArguments];
const node = ["node", ...checkArguments];

/** Every upgrade has its own cluster. */
const single: Measurement = {
  name: "upgrade-apply",
  summary:
    "the time and the memory of upgrade apply on a cluster's only control plane, from the previous minor version",
  async measure(bench) {
    const rounds = Math.ceil(bench.rounds / 3);
    const samples = await inTurn(rounds, async ({ program, round }) => {
      await using cluster = await openUpgradeLab("bench-upgrade");
      const run = await upgraded(cluster.controlPlane, program, apply);
      say(`upgrade-apply ${round} of ${rounds} by ${program}: ${shown(run)}`);
      return run;
    });
    return rowsOf("upgrade apply", samples, 0.35);
  },
};

/** The first is upgraded by `apply`, the other two by `node`. */
const three: Measurement = {
  name: "upgrade-three",
  summary: "the time and the memory of upgrade apply and upgrade node on three control planes",
  async measure(bench) {
    const rounds = Math.ceil(bench.rounds / 7);
    const samples = await inTurn(rounds, async ({ program, round }) => {
      await using cluster = await openUpgradeLab("bench-upgrade");
      const others = [await cluster.addControlPlane("cp2"), await cluster.addControlPlane("cp3")];
      const first = await upgraded(cluster.controlPlane, program, apply);
      const next: Run[] = [];
      for (const host of others) next.push(await upgraded(host, program, node));
      say(`upgrade-three ${round} of ${rounds} by ${program}: ${[first, ...next].map(shown).join("; ")}`);
      return { first, next };
    });
    const firsts = mapSamples(samples, ({ first }) => first);
    const nexts = {
      ours: samples.ours.flatMap(({ next }) => next),
      upstream: samples.upstream.flatMap(({ next }) => next),
    };
    return [
      ...rowsOf("upgrade apply on the first of three", firsts, 0.35),
      ...rowsOf("upgrade node on a control plane", nexts, 0.4),
    ];
  },
};

/** Repeated on one worker: a second run does the same as the first. */
const worker: Measurement = {
  name: "upgrade-node",
  summary: "the time and the memory of upgrade node on a worker",
  async measure({ rounds }) {
    await using cluster = await openUpgradeLab("bench-upgrade");
    const host = await cluster.addWorker("w1");
    const argvOf = (program: Program) => [programs[program], "upgrade", ...node] as const;
    const upgrade = async (program: Program) => {
      // Upstream's program fails if there is a backup of the same second.
      await host.mustRun(["rm", "-rf", "/etc/kubernetes/tmp"]);
      return timedCommand(host, argvOf(program));
    };
    // Warms the page cache.
    for (const program of order) await upgrade(program);
    const samples = await inTurn(rounds, async ({ program, round }) => {
      const elapsed = await upgrade(program);
      say(`upgrade-node ${round} of ${rounds} by ${program}: ${elapsed.toFixed(0)} ms`);
      return elapsed;
    });
    // Of its own: who looks every 2 ms takes time from what is measured.
    const peaks = await inTurn(
      2,
      async ({ program }) => (await withPeakMemory(argvOf(program), 2, () => upgrade(program))).peak,
    );
    return [
      { what: "upgrade node on a worker, time", unit: "ms", samples, limit: 0.9 },
      memoryRow("upgrade node on a worker", peaks),
    ];
  },
};

interface Run {
  readonly elapsedMs: number;
  /** Of resident memory, in MiB. */
  readonly peak: number;
}

/** These runs take half a minute and more: looking 20 times a second costs them nothing. */
async function upgraded(host: LabHost, program: Program, args: readonly string[]): Promise<Run> {
  const argv = [programs[program], "upgrade", ...args] as const;
  const { result, peak } = await withPeakMemory(argv, 50, () => timedCommand(host, argv));
  return { elapsedMs: result, peak };
}

function rowsOf(what: string, samples: Samples<Run>, limit: number): readonly Row[] {
  return [
    { what: `${what}, time`, unit: "ms", samples: mapSamples(samples, ({ elapsedMs }) => elapsedMs), limit },
    memoryRow(
      what,
      mapSamples(samples, ({ peak }) => peak),
    ),
  ];
}

function shown({ elapsedMs, peak }: Run): string {
  return `${elapsedMs.toFixed(0)} ms, ${peak.toFixed(1)} MiB`;
}

export const upgrades: readonly Measurement[] = [single, three, worker];
