import type { Phase } from "../../workflow/phase.ts";
import { cleanupNode } from "./cleanup-node.ts";
import type { ResetContext } from "./context.ts";
import { preflight } from "./preflight.ts";
import { removeEtcdMember } from "./remove-etcd-member.ts";
import { leaveCluster, undoUnfinishedRun } from "./unfinished-run.ts";

/** The phases of reset, in order. Help, --skip-phases, `reset phase …` and plans are derived from this list. */
export const resetPhases: readonly Phase<ResetContext>[] = [
  preflight,
  removeEtcdMember,
  leaveCluster,
  cleanupNode,
  undoUnfinishedRun,
];
