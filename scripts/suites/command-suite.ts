import { globSync } from "node:fs";
import { join, relative } from "node:path";
import { UPSTREAM } from "../../lab/cluster.ts";
import { Lab } from "../../lab/lab.ts";
import type { LabHost } from "../../lab/lab-host.ts";
import { ensureGoPart } from "../../lab/parts/go-part.ts";
import { suitePart } from "../../lab/parts/kubernetes-parts.ts";
import type { Say } from "../../lab/progress.ts";
import { ownLabName } from "../../test/support/control-plane/control-plane-lab.ts";
import { programCopy } from "../../test/support/join/program-copy.ts";
import { goTests, type SuiteTest } from "./go-tests.ts";
import type { SuiteRun } from "./verdict.ts";

const program = "kubeadm-command-suite";
const timeoutMs = 15 * 60_000;

/**
 * Runs upstream's tests of kubeadm's command line, which start the program that KUBEADM_PATH names, with both programs. On a
 * host of a lab, since some of them run `reset`.
 */
export async function runCommandSuites(releases: readonly string[], say: Say): Promise<readonly SuiteRun[]> {
  if (releases.length === 0) return [];
  using ours = programCopy();
  await using lab = await Lab.open({ name: ownLabName("suites"), say });
  const host = await lab.addHost("commands", { kubeadm: ours.path });
  // The host has no way to a name server. Without one, each `init` would wait 10 s for the newest version.
  await host.writeFile("/etc/resolv.conf", "nameserver 127.0.0.1\n");
  const runs: SuiteRun[] = [];
  for (const release of releases) {
    const folder = await ensureGoPart({ cache: lab.cache, say }, suitePart(release, program));
    const title = `${release}, commands`;
    const directory = `/root/suite-${release}`;
    for (const path of globSync("**/*", { cwd: folder, withFileTypes: true }).filter((entry) => entry.isFile())) {
      const file = join(path.parentPath, path.name);
      await host.copyIn(file, `${directory}/${relative(folder, file)}`, path.name === program ? 0o755 : 0o644);
    }
    say(`${title}: running with both programs …`);
    runs.push({
      title,
      tests: await runTests(host, directory, "/usr/bin/kubeadm"),
      upstream: await runTests(host, directory, UPSTREAM),
    });
  }
  return runs;
}

async function runTests(host: LabHost, directory: string, kubeadm: string): Promise<readonly SuiteTest[]> {
  const suite = ["env", `--chdir=${directory}`, `./${program}`, "-test.v", "-test.timeout=14m"] as const;
  const { stdout, stderr, exitCode } = await host.run(suite, { env: { KUBEADM_PATH: kubeadm }, timeoutMs });
  const tests = goTests(stdout);
  const failed = tests.some(({ state }) => state === "failed");
  if (failed !== (exitCode !== 0)) throw new Error(`${program} ended with ${exitCode}:\n${stderr}\n${stdout}`);
  return tests;
}
