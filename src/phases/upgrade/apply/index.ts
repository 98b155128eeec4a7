import type { Phase } from "../../../workflow/phase.ts";
import { addon } from "../addon.ts";
import type { UpgradeContext } from "../context.ts";
import { controlPlane } from "../control-plane.ts";
import { kubeconfig } from "../kubeconfig.ts";
import { kubeletConfig } from "../kubelet-config.ts";
import { postUpgrade } from "../post-upgrade.ts";
import { bootstrapToken } from "./bootstrap-token.ts";
import { preflight } from "./preflight.ts";
import { uploadConfig } from "./upload-config.ts";

/** The phases of `upgrade apply`, in order. Each one also needs the version when it runs alone. */
export const upgradeApplyPhases: readonly Phase<UpgradeContext>[] = [
  preflight,
  controlPlane,
  uploadConfig,
  kubeconfig,
  kubeletConfig,
  bootstrapToken,
  addon,
  postUpgrade,
];
