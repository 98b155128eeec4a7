import type { Phase } from "../../../workflow/phase.ts";
import { addon } from "../addon.ts";
import type { UpgradeContext } from "../context.ts";
import { controlPlane } from "../control-plane.ts";
import { kubeconfig } from "../kubeconfig.ts";
import { kubeletConfig } from "../kubelet-config.ts";
import { postUpgrade } from "../post-upgrade.ts";
import { preflight } from "./preflight.ts";

/** The phases of `upgrade node`, in order. A worker skips those of a control plane, and says so. */
export const upgradeNodePhases: readonly Phase<UpgradeContext>[] = [
  preflight,
  controlPlane,
  kubeconfig,
  kubeletConfig,
  addon,
  postUpgrade,
];
