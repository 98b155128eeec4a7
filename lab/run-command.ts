import { spawn } from "node:child_process";
import { constants } from "node:os";

export type Argv = readonly [string, ...string[]];

export interface RunOptions {
  /** Ends the command (its whole process group) and rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Two minutes by default. A command that takes longer is ended and the promise rejects with a `CommandTimeout`. */
  readonly timeoutMs?: number | undefined;
  /** The command's whole environment, not an addition to this process's. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly input?: string | Uint8Array | undefined;
  readonly cwd?: string | undefined;
  /** The first signal that is sent to end the command; SIGKILL follows two seconds later. Default SIGTERM. */
  readonly stopSignal?: NodeJS.Signals | undefined;
  /** Called with each piece of output as it arrives, to watch a running command. */
  readonly onOutput?: ((stream: "stdout" | "stderr", chunk: Buffer) => void) | undefined;
}

export interface CommandResult {
  /** 128 + number if a signal ended the command, same as in a shell. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly elapsedMs: number;
}

export class CommandFailed extends Error {
  readonly result: CommandResult;

  constructor(argv: Argv, result: CommandResult) {
    const tail = `${result.stderr}\n${result.stdout}`.trim().split("\n").slice(-15).join("\n");
    super(`${argv.join(" ")}: exit code ${result.exitCode}${tail === "" ? "" : `\n${tail}`}`);
    this.name = "CommandFailed";
    this.result = result;
  }
}

export class CommandTimeout extends Error {
  constructor(argv: Argv, timeoutMs: number) {
    super(`${argv.join(" ")}: not finished after ${timeoutMs} ms`);
    this.name = "CommandTimeout";
  }
}

const KILL_AFTER_MS = 2_000;

/** Runs a command to its end. Any exit code is a result; only a start that fails, a timeout or an abort rejects. */
export async function runCommand(argv: Argv, options: RunOptions = {}): Promise<CommandResult> {
  options.signal?.throwIfAborted();
  const [program, ...args] = argv;
  const timeoutMs = options.timeoutMs ?? 120_000;
  const started = performance.now();
  // A separate process group, because nsenter and unshare fork: a signal to them alone would leave the real command
  // running.
  const child = spawn(program, args, { cwd: options.cwd, env: options.env ?? process.env, detached: true });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  const signalGroup = (signal: NodeJS.Signals): void => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    try {
      process.kill(-child.pid, signal);
    } catch {
      // The group has ended in the meantime, which was the goal.
    }
  };
  const { promise, resolve, reject } = Promise.withResolvers<CommandResult>();
  let stopped: unknown;
  let killTimer: NodeJS.Timeout | undefined;
  const stop = (reason: unknown): void => {
    if (stopped !== undefined) return;
    stopped = reason;
    signalGroup(options.stopSignal ?? "SIGTERM");
    killTimer = setTimeout(signalGroup, KILL_AFTER_MS, "SIGKILL");
  };
  const timeout = setTimeout(() => stop(new CommandTimeout(argv, timeoutMs)), timeoutMs);
  const onAbort = (): void => stop(options.signal?.reason ?? new Error("aborted"));
  options.signal?.addEventListener("abort", onAbort, { once: true });
  const settle = (): void => {
    clearTimeout(timeout);
    clearTimeout(killTimer);
    options.signal?.removeEventListener("abort", onAbort);
  };
  child.stdout.on("data", (chunk: Buffer) => {
    stdout.push(chunk);
    options.onOutput?.("stdout", chunk);
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr.push(chunk);
    options.onOutput?.("stderr", chunk);
  });
  // A command may end without reading its input; the broken pipe is not an error then.
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input ?? "");
  child.once("error", (error) => {
    settle();
    reject(error);
  });
  child.once("close", (code, signal) => {
    settle();
    if (stopped !== undefined) return reject(stopped);
    resolve({
      exitCode: code ?? 128 + (signal === null ? 0 : constants.signals[signal]),
      stdout: Buffer.concat(stdout).toString("utf8"),
      stderr: Buffer.concat(stderr).toString("utf8"),
      elapsedMs: Math.round(performance.now() - started),
    });
  });
  return promise;
}

/** Like `runCommand`, for commands that must succeed. Returns stdout. */
export async function mustRun(argv: Argv, options: RunOptions = {}): Promise<string> {
  const result = await runCommand(argv, options);
  if (result.exitCode !== 0) throw new CommandFailed(argv, result);
  return result.stdout;
}
