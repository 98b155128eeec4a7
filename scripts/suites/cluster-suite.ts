import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { AddressFamilies } from "../../lab/addresses.ts";
import { Lab } from "../../lab/lab.ts";
import { ensureGoPart } from "../../lab/parts/go-part.ts";
import { suitePart } from "../../lab/parts/kubernetes-parts.ts";
import type { Say } from "../../lab/progress.ts";
import { CommandFailed, runCommand } from "../../lab/run-command.ts";
import { DEFAULT_VERSION } from "../../lab/versions.ts";
import {
  clusterMaker,
  isControlPlane,
  ownLabName,
  type Program,
} from "../../test/support/control-plane/control-plane-lab.ts";
import { programCopy } from "../../test/support/join/program-copy.ts";
import { temporaryDirectory } from "../../test/support/temporary/temporary-directory.ts";
import { ginkgoTests } from "./go-tests.ts";
import type { SuiteRun } from "./verdict.ts";

const program = "kubeadm-cluster-suite";

export interface SuiteCluster {
  readonly release: string;
  /** The program that runs `init`. A second control plane and a worker always join with this one. */
  readonly by: Program;
  /** Default "ipv4". */
  readonly families?: AddressFamilies;
}

/** Runs upstream's tests of a cluster that kubeadm made, in the network of the cluster's hosts. */
export async function runClusterSuite({ release, by, families }: SuiteCluster, say: Say): Promise<SuiteRun> {
  using ours = programCopy();
  using output = temporaryDirectory();
  // A control plane of this program has the etcd and the CoreDNS of this program's release, whatever the cluster's is.
  const upgradeTo = release === DEFAULT_VERSION ? undefined : DEFAULT_VERSION;
  await using lab = await Lab.open({ name: ownLabName("suites"), kubernetes: release, upgradeTo, families, say });
  const folder = await ensureGoPart({ cache: lab.cache, say }, suitePart(release, program));
  const cluster = clusterMaker(lab, ours.path);
  const [cp1, cp2, worker] = await cluster.addHosts("cp1", "cp2", "w1");
  await cluster.init(by, cp1);
  await cluster.joins(cp2, { by: "ours", controlPlane: true });
  await cluster.joins(worker, { by: "ours" });
  for (const host of [cp1, cp2]) await isControlPlane(lab, host);
  await lab.waitForNode(worker.name);
  const title = [
    `${release}, clusters`,
    ...(families === undefined ? [] : [`${families}-stack`]),
    ...(by === "ours" ? [] : ["init by upstream's program of the release"]),
  ].join(", ");
  say(`${title}: running …`);
  const report = join(output.path, "report.json");
  const suite = [
    ...["nsenter", `--net=${lab.networkNamespace}`, join(folder, program)],
    ...[`--kubeconfig=${lab.kubeconfig}`, "--provider=skeleton", "--ginkgo.seed=1", `--ginkgo.json-report=${report}`],
  ] as [string, ...string[]];
  const result = await runCommand(suite, { timeoutMs: 10 * 60_000, cwd: output.path });
  const tests = ginkgoTests(readFileSync(report, "utf8"));
  const failed = tests.some(({ state }) => state === "failed");
  if (failed !== (result.exitCode !== 0)) throw new CommandFailed(suite, result);
  return { title, tests };
}
