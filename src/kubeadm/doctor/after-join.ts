import { type DoctorCheck, skipped } from "./check.ts";
import { membership } from "./facts/membership.ts";

/** Returns the check, skipped on a machine that has nothing of a join: there is one reason for all that a join makes. */
export function afterJoin(check: DoctorCheck): DoctorCheck {
  return {
    ...check,
    look: async (examination) => {
      const { role } = await examination.once(membership);
      return role === "none" ? skipped("this machine has not joined a cluster") : check.look(examination);
    },
  };
}
