// Compares this program with upstream's kubeadm in one run: `npm run bench`. Needs root, since the joins are real ones
// in the lab.
import { availableParallelism, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { Lab } from "../lab/lab.ts";
import { controlPlane } from "./bench/control-plane.ts";
import type { Measurement } from "./bench/measurement.ts";
import { newClusters } from "./bench/new-cluster.ts";
import { ours, say } from "./bench/programs.ts";
import { figures, markdown, type Row, table } from "./bench/table.ts";
import { upgrades } from "./bench/upgrade.ts";
import { version } from "./bench/version.ts";
import { workerJoin, workerJoinMemory } from "./bench/worker-join.ts";
import { startResult } from "./results/result.ts";

/** Those of new clusters replace the lab's hosts. Upgrades have labs of their own. */
const measurements: readonly Measurement[] = [
  ...[version, workerJoin, workerJoinMemory],
  ...[...controlPlane, ...newClusters, ...upgrades],
];

const width = Math.max(...measurements.map(({ name }) => name.length));
const help = `Usage: npm run bench -- [--rounds N] [--only NAME …]

Times ${ours} and upstream's kubeadm in turn (A B A B …) on this machine and in the lab, and prints medians, spread
and ratios, then the same in Markdown for the README. Needs root; builds the lab's parts the first time.

  --rounds N   Worker joins of each program that are timed (default 7); init and control-plane joins half as many,
               new clusters and upgrades of one control plane a third, of three a seventh
  --only NAME  Only this measurement; may be given several times
  --help       Show this.

Measurements:
${measurements.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`).join("\n")}
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "7" },
      only: { type: "string", multiple: true, default: [] },
      help: { type: "boolean" },
    },
  });
  if (values.help === true) {
    process.stdout.write(help);
    return 0;
  }
  const rounds = Number(values.rounds);
  const unknown = values.only.find((name) => !measurements.some((measurement) => measurement.name === name));
  if (unknown !== undefined || !Number.isInteger(rounds) || rounds < 1) {
    const what = unknown === undefined ? "--rounds needs a number from 1" : `there is no measurement ${unknown}`;
    process.stderr.write(`${what}\n\n${help}`);
    return 2;
  }
  const chosen = measurements.filter(({ name }) => values.only.length === 0 || values.only.includes(name));
  await using lab = await Lab.open({ name: "bench", say });
  let created: Promise<unknown> | undefined;
  const cluster = async () => {
    created ??= lab.initCluster();
    await created;
  };
  const rows: Row[] = [];
  const writeResult = startResult({ name: "bench", command: `npm run bench -- --rounds ${rounds}` });
  const conditions = { processors: availableParallelism(), load: loadavg()[0] ?? 0 };
  try {
    for (const measurement of chosen) rows.push(...(await measurement.measure({ lab, rounds, cluster })));
  } finally {
    // What was measured before a failure is shown, too.
    if (rows.length > 0) process.stdout.write(table(rows) + markdown(rows, conditions));
  }
  if (chosen.length === measurements.length) {
    const load = { what: "load before the run", value: conditions.load.toFixed(1) };
    writeResult({ figures: [...figures(rows), load], skipped: [] });
  }
  return 0;
}

process.exitCode = await main();
