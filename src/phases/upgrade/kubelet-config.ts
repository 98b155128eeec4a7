import { maskSecrets } from "../../errors/mask-secrets.ts";
import { copyFile } from "../../host/copy-file.ts";
import { revertibleFiles } from "../../host/revertible.ts";
import { kubeletConfigurationPath, kubeletInstanceConfigurationPath } from "../../kubeadm/paths.ts";
import { makeBackupDirectory } from "../../kubeadm/upgrade/backups/backup-directory.ts";
import { defined } from "../../values/defined.ts";
import type { Run } from "../../workflow/fact.ts";
import { patches } from "../patches.ts";
import { readInstanceConfiguration, writeKubeletConfigurationFiles } from "../write-kubelet-files.ts";
import { defineUpgradePhase, type UpgradeContext } from "./context.ts";
import { nodeResolver } from "./early-looks.ts";
import { completedComponents, upgradedNode } from "./facts.ts";
import type { UpgradedNode } from "./upgraded-node.ts";

export const kubeletConfig = defineUpgradePhase({
  name: "kubelet-config",
  summary: "Upgrade the kubelet's configuration on this node",
  flags: ["config", "dry-run", "kubeconfig", "patches"],
  writes: [kubeletConfigurationPath, kubeletInstanceConfigurationPath],
  // The backup that an interrupted run has made stays.
  resumption: "continue",
  reads: { node: upgradedNode },
  async run({ node }, run) {
    const copying = (path: string) => run.events.emit("upgrade.kubelet-configuration.copying", { path });
    await writeConfiguration(node, run, copying);
    run.events.emit("upgrade.kubelet-configuration.finished", {});
  },
  async dryRun({ node }, run) {
    const copying = (path: string) =>
      run.events.emit("dryrun.would", { area: "dryrun", action: `back up kubelet config file to ${path}` });
    await writeConfiguration(node, run, copying);
    const { files } = run.context.host;
    for (const path of [kubeletInstanceConfigurationPath, kubeletConfigurationPath]) {
      run.events.emit("dryrun.file", { path, content: maskSecrets(await files.readText(path)) });
    }
    run.events.emit("upgrade.kubelet-configuration.finished", {});
  },
});

/** Writes the cluster's configuration; if that fails, the kubelet keeps the one that it has. */
async function writeConfiguration(
  node: UpgradedNode,
  run: Run<UpgradeContext>,
  copying: (path: string) => void,
): Promise<void> {
  const { host } = run.context;
  const { events, signal } = run;
  await keepCopy(run, copying);
  const { kubelet } = await run.value(completedComponents);
  const files = revertibleFiles(host.files);
  run.onFailure("restore the kubelet's configuration", () => files.revert());
  const keptInstance = await readInstanceConfiguration(files);
  if (keptInstance === undefined) {
    const message = `The kubelet instance configuration file ${kubeletInstanceConfigurationPath} was not found. Creating a new one with defaults. Please verify its contents!`;
    events.emit("warning", { message });
  }
  await writeKubeletConfigurationFiles(
    {
      ...{ configuration: kubelet, criSocket: node.criSocket, ...defined({ keptInstance }) },
      ...{ patches: () => run.value(patches), resolver: () => run.value(nodeResolver) },
    },
    { files, services: host.services, events, signal },
  );
}

/** Copies config.yaml, so that an administrator finds what was in it. Without one, the phase restores it. */
async function keepCopy({ context, events }: Run<UpgradeContext>, copying: (path: string) => void): Promise<void> {
  const { files, clock } = context.host;
  if ((await files.status(kubeletConfigurationPath)) === undefined) {
    const message = `${kubeletConfigurationPath} does not exist: creating it; there is nothing to back up`;
    events.emit("warning", { message });
    return;
  }
  const path = `${await makeBackupDirectory("kubeadm-kubelet-config", { files, clock })}/config.yaml`;
  copying(path);
  await copyFile(kubeletConfigurationPath, path, files);
}
