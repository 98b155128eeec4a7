import { copyFile, permissionsOf } from "../../host/copy-file.ts";
import { withoutRemovedFlags } from "../../kubeadm/kubelet/removed-flags.ts";
import { kubeletEnvironmentPath } from "../../kubeadm/paths.ts";
import { makeBackupDirectory } from "../../kubeadm/upgrade/backups/backup-directory.ts";
import { defineUpgradePhase, type UpgradeRun } from "./context.ts";

/**
 * Removes flags of the kubelet that kubeadm has written and that the kubelet no longer has. Upstream does so in 1.35 only;
 * a node whose 1.35 was not upgraded by kubeadm keeps them.
 */
export const postUpgrade = defineUpgradePhase({
  name: "post-upgrade",
  summary: "Run the steps that follow an upgrade",
  flags: ["config", "dry-run", "kubeconfig"],
  writes: [kubeletEnvironmentPath],
  reads: {},
  async run(_values, run) {
    const found = await findRemovedFlags(run);
    if (found === undefined) return;
    const { files, clock } = run.context.host;
    const path = `${await makeBackupDirectory("kubeadm-kubelet-env", { files, clock })}/kubeadm-flags.env`;
    run.events.emit("upgrade.kubelet-environment.copying", { path });
    await copyFile(kubeletEnvironmentPath, path, files);
    run.events.emit("kubelet.environment.writing", { path: kubeletEnvironmentPath });
    await files.write(kubeletEnvironmentPath, found.content, { mode: found.mode });
  },
  async dryRun(_values, run) {
    const found = await findRemovedFlags(run);
    if (found === undefined) return;
    const action = `remove unwanted kubelet flags [${found.removed.join(" ")}] from ${kubeletEnvironmentPath}`;
    run.events.emit("dryrun.would", { area: "dryrun", action });
  },
});

async function findRemovedFlags({ context }: Pick<UpgradeRun, "context">) {
  const { files } = context.host;
  const status = await files.status(kubeletEnvironmentPath);
  if (status === undefined) return undefined;
  const { content, removed } = withoutRemovedFlags(await files.readText(kubeletEnvironmentPath));
  return removed.length === 0 ? undefined : { content, removed, mode: permissionsOf(status) };
}
