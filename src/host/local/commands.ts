import type { ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";
import { abortReason, throwIfAborted } from "../../async/signal.ts";
import { childEnvironment, findProgram } from "../find-program.ts";
import { CommandError, type CommandOptions, type CommandResult, type Commands } from "../host.ts";
import { errnoOf, reasonOf } from "../system-errors.ts";

/** Milliseconds a child has between SIGTERM and SIGKILL. */
const killDelayMs = 2_000;
/** Milliseconds that output is waited for once the child has ended: a daemon it left may hold the pipes for ever. */
const drainMs = 500;
/** Bytes kept of each output stream. */
const maxOutputBytes = 1024 * 1024;

type Argv = readonly [string, ...string[]];

export function localCommands(environment: Readonly<Record<string, string | undefined>> = process.env): Commands {
  const find = (name: string) => findProgram(name, environment["PATH"], isExecutable);
  return {
    find,
    run: async (argv, options) => {
      throwIfAborted(options.signal);
      const [name] = argv;
      const program = name.includes("/") ? name : await find(name);
      if (program === undefined) {
        throw new CommandError("not-found", name, `exec: ${JSON.stringify(name)}: executable file not found in $PATH`);
      }
      return run([program, ...argv.slice(1)], {
        ...options,
        name,
        environment: options.environment ?? childEnvironment(environment),
      });
    },
  };
}

async function isExecutable(path: string): Promise<boolean> {
  const { access, constants, stat } = await import("node:fs/promises");
  try {
    if (!(await stat(path)).isFile()) return false;
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** `name` is what the caller knows the program by. */
type RunOptions = CommandOptions & { readonly name: string };

async function run([program, ...args]: Argv, options: RunOptions): Promise<CommandResult> {
  const { spawn } = await import("node:child_process");
  throwIfAborted(options.signal);
  let child: ChildProcess;
  try {
    child = spawn(program, args, {
      // A process group of its own: the end of a wait reaches whatever the child has started, and a Ctrl-C at the
      // terminal reaches only this program, which then ends its children itself.
      detached: true,
      env: options.environment,
      stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
  } catch (error) {
    throw startError(error, { program, name: options.name });
  }
  const stdout = tail(child.stdout);
  const stderr = tail(child.stderr);
  // A child may end without reading its input.
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(options.input);
  const exitCode = await ended(child, program, options);
  return { exitCode, stdout: stdout(), stderr: stderr() };
}

async function ended(child: ChildProcess, program: string, options: RunOptions): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let reason: Error | undefined;
  let killTimer: ReturnType<typeof setTimeout> | undefined;
  let drainTimer: ReturnType<typeof setTimeout> | undefined;
  const end = (why: Error) => {
    if (reason !== undefined) return;
    reason = why;
    signalGroup(child, "SIGTERM");
    killTimer = setTimeout(() => signalGroup(child, "SIGKILL"), killDelayMs);
  };
  const onAbort = () => end(abortReason(options.signal));
  const timeout = setTimeout(() => {
    end(new CommandError("timed-out", options.name, `${options.name}: not ended after ${options.timeoutMs}ms`));
  }, options.timeoutMs);
  options.signal.addEventListener("abort", onAbort, { once: true });
  child.on("error", (error) => reject(startError(error, { program, name: options.name })));
  child.on("exit", () => {
    drainTimer = setTimeout(() => {
      child.stdout?.destroy();
      child.stderr?.destroy();
    }, drainMs);
  });
  child.on("close", (code, signal) => {
    if (reason === undefined) resolve(code ?? 128 + signalNumber(signal));
    else reject(reason);
  });
  try {
    return await promise;
  } finally {
    for (const timer of [timeout, killTimer, drainTimer]) clearTimeout(timer);
    options.signal.removeEventListener("abort", onAbort);
  }
}

function signalGroup(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // The group is gone already.
  }
}

function startError(
  error: unknown,
  { program, name }: { readonly program: string; readonly name: string },
): CommandError {
  const code =
    errnoOf(error) === "ENOENT" ? "not-found" : errnoOf(error) === "EACCES" ? "permission-denied" : ("other" as const);
  return new CommandError(code, name, `fork/exec ${program}: ${reasonOf(error)}`, error);
}

/** Numbers of the signals that end programs in practice, as Linux has them on every architecture we run on. */
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

/** Collects the end of a stream; the returned function gives it as text. */
function tail(stream: Readable | null): () => string {
  let chunks: Uint8Array[] = [];
  let size = 0;
  stream?.on("error", () => undefined);
  stream?.on("data", (chunk: Uint8Array) => {
    chunks.push(chunk);
    size += chunk.length;
    // Twice the limit before anything is dropped, so that each byte is copied at most once.
    if (size > 2 * maxOutputBytes) {
      chunks = [Buffer.concat(chunks).subarray(-maxOutputBytes)];
      size = maxOutputBytes;
    }
  });
  return () => Buffer.concat(chunks).subarray(-maxOutputBytes).toString("utf8");
}
