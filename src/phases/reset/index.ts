import type { Phase } from "../../workflow/phase.ts";
import { cleanupNode } from "./cleanup-node.ts";
import type { ResetContext } from "./context.ts";
import { preflight } from "./preflight.ts";
import { removeEtcdMember } from "./remove-etcd-member.ts";

/** A reset, read from top to bottom. Help, --skip-phases, `reset phase …` and plans are made from this list. */
export const resetPhases: readonly Phase<ResetContext>[] = [preflight, removeEtcdMember, cleanupNode];
