// Records upstream's upgrade of a real cluster as golden data: `npm run capture:upgrade`. Needs root.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import { checkArguments } from "../test/support/control-plane/control-plane-lab.ts";
import { comparableLines } from "../test/support/upgrade/comparable-lines.ts";
import { mustUpgrade, openUpgradeLab, toVersion } from "../test/support/upgrade/upgrade-lab.ts";
import { recordUpgrade, type UpgradeRecord } from "../test/support/upgrade/upgrade-record.ts";

const golden = join(import.meta.dirname, "../test/golden/upgrade");
const configuration = "ConfigMap/kube-system/kubeadm-config";

async function main(): Promise<void> {
  await using cluster = await openUpgradeLab("capture");
  const { lab, controlPlane } = cluster;
  const worker = await cluster.addWorker("w1");
  rmSync(golden, { recursive: true, force: true });
  const plan = await mustUpgrade(controlPlane, "upstream", ["plan", `v${toVersion}`]);
  writeOutput("plan", plan.stdout);
  const diff = await mustUpgrade(controlPlane, "upstream", ["diff", `v${toVersion}`, "-c", "3"]);
  writeOutput("diff", sortedDiff(diff.stdout));

  const before = await recordUpgrade(lab, controlPlane);
  const apply = await mustUpgrade(controlPlane, "upstream", ["apply", `v${toVersion}`, "--yes", ...checkArguments]);
  writeOutput("apply", apply.stdout);
  writeManifests("before", before);
  writeManifests("after", await recordUpgrade(lab, controlPlane));
  write("before/kubeadm-config.yaml", stringify(before.objects[configuration]));

  const node = await mustUpgrade(worker, "upstream", ["node", ...checkArguments]);
  writeOutput("node-worker", node.stdout);
}

function writeOutput(name: string, stdout: string): void {
  write(`${name}.txt`, comparableLines(stdout).join("\n"));
}

/** Upstream's program compares the components in random order. */
function sortedDiff(text: string): string {
  const [head = "", ...parts] = text.split(/^(?=--- )/m);
  return [head, ...parts.toSorted()].join("");
}

function writeManifests(folder: string, { host }: UpgradeRecord): void {
  for (const [path, text] of Object.entries(host.files)) {
    const [, file] = /^\/etc\/kubernetes\/(manifests\/.*)$/.exec(path) ?? [];
    if (file !== undefined) write(`${folder}/${file}`, text);
  }
}

function write(path: string, text: string): void {
  const file = join(golden, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

await main();
