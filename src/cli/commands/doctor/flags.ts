import type { Flags } from "../../../kubeadm/flags/flag.ts";
import { objectFlags, reportFlag, wait } from "../../../kubeadm/flags/shared-flags.ts";
import type { Invocation } from "../../line/command.ts";

export const doctorFlags = {
  ...objectFlags,
  ...reportFlag,
  fix: {
    type: "bool",
    usage:
      "Apply the fixes that are safe and can be undone, for the given checks or for all. Asks for confirmation. Requires root.",
  },
  force: { type: "bool", shorthand: "f", usage: "With --fix: don't ask for confirmation." },
  undo: { type: "bool", usage: "Undo the changes of earlier runs with --fix. Requires root." },
  wait: {
    ...wait,
    usage:
      "With --fix or --undo: wait this long for another kubeadm run on this machine to finish, instead of failing immediately.",
  },
} as const satisfies Flags;

export type DoctorInvocation = Invocation<typeof doctorFlags>;
