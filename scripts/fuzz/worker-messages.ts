import type { Problem } from "./run-inputs.ts";

/** What a worker gets to do. */
export interface Slice {
  readonly target: string;
  readonly shared: SharedArrayBuffer;
  readonly seed: number;
  readonly firstBatch: number;
  readonly lastBatch: number;
  readonly batchSize: number;
  readonly milliseconds: number;
  /** Reported before. */
  readonly knownProblems: readonly string[];
  /** Only this one. */
  readonly input?: Uint8Array;
}

/** What a worker says. */
export type Report =
  | { readonly kind: "batch" }
  | { readonly kind: "heap"; readonly growth: number }
  | { readonly kind: "problem"; readonly input: Uint8Array; readonly problem: Problem }
  | { readonly kind: "judged"; readonly answer?: string; readonly problem?: Problem };
