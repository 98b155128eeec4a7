import { manifestsDirectory } from "../../kubeadm/paths.ts";
import { patches } from "../patches.ts";
import { controlPlanePhase, defineUpgradePhase, isPassedOver } from "./context.ts";
import { controlPlaneNode } from "./facts.ts";
import { showStaticPods, upgradeStaticPods } from "./upgrade-static-pods.ts";

/**
 * Upgrades the static Pods of this machine. An interrupted phase continues from what it has done: a component is not
 * restarted twice.
 */
export const controlPlane = defineUpgradePhase({
  name: controlPlanePhase,
  summary: "Upgrade this node's control plane, if it has one",
  flags: ["config", "dry-run", "kubeconfig", "patches", "certificate-renewal", "etcd-upgrade"],
  writes: [manifestsDirectory],
  resumption: "continue",
  reads: {},
  async run(_values, run) {
    if (isPassedOver({ area: "control-plane", what: "phase" }, run)) return;
    await upgradeStaticPods(await run.value(controlPlaneNode), await run.value(patches), run);
  },
  async dryRun(_values, run) {
    if (isPassedOver({ area: "control-plane", what: "phase" }, run)) return;
    await showStaticPods(await run.value(controlPlaneNode), await run.value(patches), run);
  },
});
