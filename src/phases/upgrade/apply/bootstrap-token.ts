import { clusterInfoReaders } from "../../../kubeadm/cluster-objects/cluster-info.ts";
import { bootstrapGrants } from "../../../kubeadm/cluster-objects/grant-bootstrap-rights.ts";
import { sideBySide, writeObjects } from "../../../kubeadm/cluster-objects/write-objects.ts";
import { defineUpgradePhase } from "../context.ts";
import { clusterWrites } from "../facts.ts";

/** Brings the rights of bootstrap tokens and nodes up to date. Tokens and cluster-info stay as they are. */
export const bootstrapToken = defineUpgradePhase({
  name: "bootstrap-token",
  summary: "Update the RBAC rules of bootstrap tokens and cluster-info",
  flags: ["config", "dry-run", "kubeconfig"],
  writes: ["ClusterRole, Role and bindings of the bootstrap"],
  reads: {},
  async run(_values, run) {
    run.events.emit("upgrade.bootstrap.configuring", {});
    await sideBySide(await clusterWrites(run), [
      ...bootstrapGrants(),
      (each) => writeObjects(clusterInfoReaders, each),
    ]);
  },
  async dryRun(_values, { events }) {
    events.emit("dryrun.would", { area: "dryrun", action: "configure bootstrap token and cluster-info RBAC rules" });
  },
});
