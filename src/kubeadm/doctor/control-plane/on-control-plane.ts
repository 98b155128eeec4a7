import { type CheckOutcome, type DoctorCheck, skipped } from "../check.ts";
import type { Examination } from "../examination.ts";
import { type ControlPlane, controlPlane } from "../facts/control-plane.ts";

type Definition = Omit<DoctorCheck, "group" | "look"> & {
  /** Called on control planes only. */
  look(plane: ControlPlane, examination: Examination): Promise<CheckOutcome>;
};

/** Defines a check that is skipped on a machine that is not a control plane. */
export function onControlPlane({ look, ...check }: Definition): DoctorCheck {
  return {
    ...check,
    group: "control-plane",
    look: async (examination) => {
      const plane = await examination.once(controlPlane);
      return plane === undefined ? skipped("this machine is not a control plane") : look(plane, examination);
    },
  };
}
