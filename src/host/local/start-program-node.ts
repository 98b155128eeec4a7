import type { ChildProcess } from "node:child_process";
import type { StartProgram } from "./start-program.ts";

/** Starts programs through node:child_process, which the first call loads. */
export const startProgramByNode: StartProgram = async ([program, ...args], { environment, input, onOutput }) => {
  const { spawn } = await import("node:child_process");
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
};

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
