/** How programs are started; there is an adapter for each runtime, and both pass the contract of commands. */
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
  /** Also the number of its process group, which it leads. */
  readonly pid: number;
  /** The exit code; 128 and the signal's number where a signal ended it, as in a shell. */
  readonly exited: Promise<number>;
  /** Resolves when both streams have ended or were released. */
  readonly drained: Promise<unknown>;
  /** Reads no more of its output, which a daemon it left may hold open. */
  release(): void;
}
