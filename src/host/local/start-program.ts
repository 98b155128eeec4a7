import { type ChildProcess, spawn } from "node:child_process";

export interface StartOptions {
  readonly environment: Readonly<Record<string, string>>;
  /** Without it the program's input is empty. */
  readonly input: string | undefined;
  onOutput(stream: OutputStream, bytes: Uint8Array): void;
}

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

/**
 * Starts a program as the leader of its own process group.
 * @throws The system's error if the program cannot be started.
 */
export async function startProgram(
  [program, ...args]: readonly [string, ...string[]],
  { environment, input, onOutput }: StartOptions,
): Promise<RunningProgram> {
  const child = spawn(program, args, {
    detached: true,
    env: environment,
    stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  const { pid } = child;
  if (pid === undefined) throw await failure(child);
  child.on("error", () => undefined);
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.on("error", () => undefined).on("data", (bytes: Uint8Array) => onOutput(name, bytes));
  }
  // A child may exit without reading its input.
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(input);
  return {
    pid,
    exited: new Promise((resolve) => {
      child.once("exit", (code, signal) => resolve(code ?? 128 + signalNumber(signal)));
    }),
    drained: new Promise((resolve) => {
      child.once("close", resolve);
    }),
    release: () => {
      child.stdout?.destroy();
      child.stderr?.destroy();
    },
  };
}

function failure(child: ChildProcess): Promise<Error> {
  return new Promise((resolve) => {
    child.once("error", resolve);
  });
}

/**
 * Numbers of the signals that terminate programs in practice; Linux uses the same ones on every architecture we
 * support.
 */
const signalNumbers: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
};

function signalNumber(name: string | null): number {
  return signalNumbers[name ?? ""] ?? 0;
}
