import { type CheckOutcome, type DoctorCheck, skipped } from "../check.ts";
import type { Examination, Fact } from "../examination.ts";
import { type EtcdState, etcdState } from "../facts/etcd.ts";
import { onControlPlane } from "./on-control-plane.ts";

type Answered = EtcdState & { readonly state: "answered" };

type Definition = Pick<DoctorCheck, "name" | "title"> & {
  /** Facts that are loaded at the same time as etcd's state. */
  readonly needs?: readonly Fact<unknown>[];
};

/** Defines a check of etcd that is skipped while no member answers. */
export function checkOfReachableEtcd(
  { needs = [], ...check }: Definition,
  look: (state: Answered, examination: Examination) => CheckOutcome | Promise<CheckOutcome>,
): DoctorCheck {
  return onControlPlane({
    ...check,
    after: ["etcd-pod", "etcd-quorum"],
    look: async (_plane, examination) => {
      const [state] = await Promise.all([examination.once(etcdState), ...needs.map((fact) => examination.once(fact))]);
      if (state.state === "unknown") return skipped(state.reason);
      return state.state === "silent" ? skipped("etcd does not respond") : look(state, examination);
    },
  });
}
