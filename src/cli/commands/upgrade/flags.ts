import type { Flags } from "../../../kubeadm/flags/flag.ts";
import { commandFlags } from "../../../kubeadm/flags/flag-table.ts";
import { objectFlags, reportFlag } from "../../../kubeadm/flags/shared-flags.ts";
import { upgradePlanFlags } from "../../../kubeadm/flags/upgrade-plan-flags.ts";
import type { InvocationWith } from "../../line/command.ts";

const { config, kubeconfig } = upgradePlanFlags;

/** What `upgrade plan` prints, and where. */
const planOutputFlags = { ...objectFlags, ...reportFlag } as const satisfies Flags;

/** The flags of `upgrade plan`. */
export const planFlags: Flags = { ...commandFlags(upgradePlanFlags), ...planOutputFlags };

/** The flags of `upgrade diff`; names, types and defaults are upstream's. */
export const diffFlags = {
  config,
  kubeconfig,
  "context-lines": {
    type: "int",
    shorthand: "c",
    default: 3,
    usage: "Lines to show around each difference.",
    offers: "nothing",
  },
} as const satisfies Flags;

export type PlanInvocation = InvocationWith<typeof planOutputFlags>;
export type DiffInvocation = InvocationWith<typeof diffFlags>;
