import type { Lab } from "../../lab/lab.ts";
import type { Row } from "./table.ts";

export interface Bench {
  readonly lab: Lab;
  /** Of --rounds: how often each program joins a worker. Slower measurements have fewer rounds. */
  readonly rounds: number;
  /** Creates the cluster that joins are measured on, unless it is there. */
  cluster(): Promise<void>;
}

export interface Measurement {
  /** As --only takes it. */
  readonly name: string;
  readonly summary: string;
  measure(bench: Bench): Promise<readonly Row[]>;
}
