import type { Leftover } from "../../events/event.ts";
import type { ResetOptions } from "../../kubeadm/config/reset/reset-options.ts";
import type { Fact } from "../../workflow/fact.ts";
import { definePhase } from "../../workflow/phase.ts";
import type { WorkflowContext } from "../workflow.ts";

/** The context of every phase of reset. */
export type ResetContext = WorkflowContext<ResetOptions>;

/** What the phases find; they add to it, and the closing message tells it. */
export interface ResetOutcome {
  /** The machine held traces of a cluster. */
  foundTraces: boolean;
  /** Name of the Node that was removed from the cluster. */
  leftNode?: string;
  /** What should have been removed and is still there. */
  readonly remains: Leftover[];
}

export const outcome: Fact<ResetContext, ResetOutcome> = {
  name: "outcome",
  load: async () => ({ foundTraces: false, remains: [] }),
};

export const defineResetPhase = definePhase<ResetContext>();
