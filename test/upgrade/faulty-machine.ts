// A machine whose components and images a test spoils, and what its components answer.
import type { ClusterMachine, ComponentBehavior, MachineOptions } from "../../src/embedded/index.ts";

/** What is wrong with a machine. Changes take effect at the next start of a container and the next pull. */
export interface Faults {
  /** By component and image tag. */
  readonly behaviors: Record<string, ComponentBehavior>;
  /** By image. */
  readonly pullFailures: Record<string, string>;
  /** Of the machine that has these faults. */
  readonly machine: MachineOptions;
  clear(): void;
}

/** None in the beginning. */
export function machineFaults(): Faults {
  const behaviors: Record<string, ComponentBehavior> = {};
  const pullFailures: Record<string, string> = {};
  return {
    behaviors,
    pullFailures,
    machine: { components: behaviors, runtime: { pullFailures } },
    clear: () => {
      for (const key of Object.keys(behaviors)) delete behaviors[key];
      for (const key of Object.keys(pullFailures)) delete pullFailures[key];
    },
  };
}

/** The status of the answer; 0 if there is none. */
export async function answerOf({ ports }: ClusterMachine, url: string): Promise<number> {
  const options = { signal: AbortSignal.timeout(2_000), timeoutMs: 1_000 };
  return ports.host.network.probe(url, options).then(
    ({ status }) => status,
    () => 0,
  );
}
