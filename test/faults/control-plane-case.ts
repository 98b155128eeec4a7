import type { ClusterMachine, EmbeddedCluster, MachineOptions } from "../../src/embedded/index.ts";
import type { ErrorCode } from "../../src/errors/catalogue.ts";
import type { Started } from "../support/control-plane/stage.ts";

/** One way for a control plane not to come about, and what the reader of the end must learn from it. */
interface ControlPlaneFault {
  /** A sentence: what is wrong. */
  readonly name: string;
  readonly machine?: MachineOptions;
  readonly code: ErrorCode;
  /** Words of the line `error: …`. */
  readonly error: readonly string[];
  /** Words of the lines `cause: …`. */
  readonly cause?: readonly string[];
  /** Words of the line `remedy: …`. */
  readonly remedy: readonly string[];
  /** Words that stand on stderr or stdout besides: findings, last lines. */
  readonly says?: readonly string[];
  readonly withinMs: number;
  /** What may be left on the machine: paths; nothing unless given. */
  readonly leaves?: RegExp;
}

export interface InitFault extends ControlPlaneFault {
  /** Makes it go wrong, and gives the arguments of init. */
  readonly arguments: (
    cluster: EmbeddedCluster,
    machine: ClusterMachine,
  ) => readonly string[] | Promise<readonly string[]>;
}

export interface JoinFault extends ControlPlaneFault {
  /** Makes it go wrong, and gives the command line. */
  readonly arguments: (started: Started, machine: ClusterMachine) => readonly string[] | Promise<readonly string[]>;
  /** Harms the cluster itself: it has one of its own. */
  readonly harmsCluster?: boolean;
  /** Members of etcd at the end; those of the beginning unless given. */
  readonly members?: readonly string[];
}
