/** How programs are started; each runtime has an adapter, and both pass the contract of commands. */
export type StartProgram = (
  argv: readonly [string, ...string[]],
  options: {
    readonly environment: Readonly<Record<string, string>>;
    /** Without it the program's input is empty. */
    readonly input: string | undefined;
    onOutput(stream: OutputStream, bytes: Uint8Array): void;
  },
  // Rejects with the system's error where the program cannot be started.
) => Promise<RunningProgram>;

export type OutputStream = "stdout" | "stderr";

export interface RunningProgram {
  /** Also the id of its process group, which it leads. */
  readonly pid: number;
  /** The exit code; 128 plus the signal's number if a signal terminated it, as in a shell. */
  readonly exited: Promise<number>;
  /** Resolves when both streams have ended or were released. */
  readonly drained: Promise<unknown>;
  /** Stops reading output, which a daemon that the program left running may hold open. */
  release(): void;
}
