// `npm run suites:kubernetes`: upstream's own tests of kubeadm, run against the compiled program. They are those of its command
// line, and those of a cluster that it made, as each minor version has them. `-- commands` or `-- clusters` selects one kind,
// `-- 1.36.3` a version; such a selection leaves no result. Needs root and Go.
import { openRunDirectory } from "../test/support/temporary/run-directory.ts";
import { allHold, startResult } from "./results/result.ts";
import { runClusterSuite, type SuiteCluster } from "./suites/cluster-suite.ts";
import { runCommandSuites } from "./suites/command-suite.ts";
import { type Verdict, verdictOf } from "./suites/verdict.ts";

/** Kubernetes 1.37 no longer has the tests of the command line. */
const commandSuites = ["1.36.3", "1.35.4", "1.34.4"];
const clusterSuites: readonly SuiteCluster[] = [
  { release: "1.37.2", by: "ours" },
  // For the tests that a cluster with addresses of one family skips.
  { release: "1.37.2", by: "ours", families: "dual" },
  { release: "1.36.3", by: "ours" },
  // This program joins clusters of these releases; it does not make them.
  { release: "1.35.4", by: "upstream" },
  { release: "1.34.4", by: "upstream" },
];

async function main(args: readonly string[]): Promise<number> {
  const known = ["commands", "clusters", ...new Set(clusterSuites.map(({ release }) => release))];
  const unknown = args.filter((arg) => !known.includes(arg));
  if (unknown.length > 0) {
    console.error(`unknown: ${unknown.join(" ")}; a run is selected by ${known.join(", ")}`);
    return 2;
  }
  const wants = (kind: "commands" | "clusters", release: string) =>
    (!args.some((arg) => /^[a-z]/.test(arg)) || args.includes(kind)) &&
    (!args.some((arg) => /^\d/.test(arg)) || args.includes(release));
  const say = (line: string) => console.error(line);
  const write = startResult({ name: "suites", command: "npm run suites:kubernetes" });
  await using directory = await openRunDirectory();
  process.env["TMPDIR"] = directory.path;
  const verdicts: Verdict[] = [];
  const add = (verdict: Verdict) => {
    verdicts.push(verdict);
    for (const { what, value } of verdict.figures) console.log(`${what}: ${value}`);
    for (const { what, why } of verdict.skipped) console.log(`${what}: ${why}`);
  };
  const commands = commandSuites.filter((release) => wants("commands", release));
  for (const run of await runCommandSuites(commands, say)) add(verdictOf(run));
  for (const cluster of clusterSuites.filter(({ release }) => wants("clusters", release))) {
    add(verdictOf(await runClusterSuite(cluster, say)));
  }
  const figures = verdicts.flatMap((verdict) => verdict.figures);
  if (args.length === 0) write({ figures, skipped: verdicts.flatMap((verdict) => verdict.skipped) });
  return allHold(figures) ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
