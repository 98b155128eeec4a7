/** A check, a build or a suite: one program that succeeds or fails. */
export interface Step {
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  /** Names of the steps whose results it needs; those that are not part of the run do not count. */
  readonly after?: readonly string[];
  /** It leaves the processors to the others: it mostly waits, or others must not wait for it. */
  readonly inBackground?: true;
  /**
   * Returns the arguments that make the step write the counts of its tests, in vitest's JSON format; any other step
   * counts as one test.
   */
  readonly counting?: (file: string) => readonly string[];
  /** Runs while the ports of a Kubernetes node are taken: no test may depend on them. */
  readonly holdsNodePorts?: true;
  /** Fails if it changes this machine's own Kubernetes directories. */
  readonly leavesMachineAlone?: true;
}
