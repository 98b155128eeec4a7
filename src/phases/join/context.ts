import type { JoinOptions } from "../../kubeadm/config/join/join-options.ts";
import { type Condition, definePhase } from "../../workflow/phase.ts";
import type { WorkflowContext } from "../workflow.ts";

/** The context of every phase of join. */
export type JoinContext = WorkflowContext<JoinOptions>;

export const defineJoinPhase = definePhase<JoinContext>();

/** The condition of the phases that make a control plane. */
export const joinsAsControlPlane: Condition<JoinContext> = {
  describe: "the node joins as a control plane",
  holds: async ({ context }) => context.options.configuration.controlPlane !== undefined,
};
