import type { InitOptions } from "../../kubeadm/config/init/init-options.ts";
import { definePhase } from "../../workflow/phase.ts";
import type { WorkflowContext } from "../workflow.ts";

/** The context of every phase of init. */
export type InitContext = WorkflowContext<InitOptions>;

export const defineInitPhase = definePhase<InitContext>();
