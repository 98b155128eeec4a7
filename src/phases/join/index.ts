import type { Phase } from "../../workflow/phase.ts";
import type { JoinContext } from "./context.ts";
import { kubeletStart } from "./kubelet-start.ts";
import { kubeletWaitBootstrap } from "./kubelet-wait-bootstrap.ts";
import { preflight } from "./preflight.ts";

/** A join, read from top to bottom. Help, --skip-phases, `join phase …` and plans are made from this list. */
export const joinPhases: readonly Phase<JoinContext>[] = [preflight, kubeletStart, kubeletWaitBootstrap];
