import { pullControlPlaneImages, reportImagesToPull } from "../../pull-control-plane-images.ts";
import { defineUpgradePhase, isPassedOver } from "../context.ts";
import { controlPlaneNode, upgradedNode } from "../facts.ts";
import { checkingOf, checkMachine } from "../preflight-checking.ts";

const prepull = { area: "preflight", what: "prepull" } as const;

export const preflight = defineUpgradePhase({
  name: "preflight",
  summary: "Run pre-flight checks for the upgrade of this node",
  flags: ["config", "ignore-preflight-errors"],
  writes: ["images of the container runtime"],
  reads: { node: upgradedNode },
  resumption: "repeat",
  async run({ node }, run) {
    await checkMachine("node", node.criSocket, run);
    if (isPassedOver(prepull, run)) return;
    await pullControlPlaneImages(await run.value(controlPlaneNode), checkingOf(run), "upgrade/preflight");
  },
  async dryRun({ node }, run) {
    await checkMachine("node", node.criSocket, run);
    if (isPassedOver(prepull, run)) return;
    reportImagesToPull(run.events, "upgrade/preflight");
  },
});
