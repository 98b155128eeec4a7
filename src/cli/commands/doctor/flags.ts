import type { Flags } from "../../../kubeadm/flags/flag.ts";
import { objectFlags, reportFlag, wait } from "../../../kubeadm/flags/shared-flags.ts";
import type { Invocation } from "../../line/command.ts";

export const doctorFlags = {
  ...objectFlags,
  ...reportFlag,
  fix: {
    type: "bool",
    usage:
      "Make the fixes that are safe and can be undone: of the checks that are named, or of all. Asks first. Needs root.",
  },
  force: { type: "bool", shorthand: "f", usage: "With --fix: do not ask for confirmation." },
  undo: { type: "bool", usage: "Take back what earlier runs with --fix have changed. Needs root." },
  wait: {
    ...wait,
    usage:
      "With --fix or --undo: wait this long for another kubeadm run on this machine to end, instead of failing at once.",
  },
} as const satisfies Flags;

export type DoctorInvocation = Invocation<typeof doctorFlags>;
