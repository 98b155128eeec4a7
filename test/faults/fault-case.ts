import type { ErrorCode } from "../../src/errors/catalogue.ts";
import type { World, WorldOptions } from "./world.ts";

/** One way for a join to fail, and what the reader of its end must learn from it. */
export interface FaultCase {
  /** A sentence: what is wrong. */
  readonly name: string;
  readonly world?: WorldOptions;
  /** Makes it go wrong, and gives the command line. */
  readonly arguments: (world: World) => readonly string[] | Promise<readonly string[]>;
  readonly environment?: Readonly<Record<string, string>>;
  /** Also insist on the checks that an ordinary user cannot satisfy. */
  readonly checksEverything?: boolean;
  readonly code: ErrorCode;
  /** Words of the line `error: …`. */
  readonly error: readonly string[];
  /** Words of the line `remedy: …`. */
  readonly remedy: readonly string[];
  /** Words that stand on stderr besides: findings, warnings. */
  readonly stderr?: readonly string[];
  /** Where a wait is legitimate: its reason, on stderr long before its end. */
  readonly waitsFor?: string;
  /**
   * Milliseconds from the start of the program until that is printed; two seconds and some for a slow machine unless
   * given.
   */
  readonly saysWithinMs?: number;
  /** Bounds of the run in milliseconds: from where a wait runs out, to where it must have ended. */
  readonly atLeastMs?: number;
  readonly withinMs: number;
  /** What the join may leave on the machine: paths. */
  readonly leaves?: RegExp;
}
