import { abortReason, throwIfAborted } from "../../async/signal.ts";
import { childEnvironment, findProgram } from "../find-program.ts";
import { CommandError, type CommandOptions, type CommandResult, type Commands } from "../host.ts";
import { errnoOf, reasonOf } from "../system-errors.ts";
import { type RunningProgram, startProgram } from "./start-program.ts";

/** Milliseconds between SIGTERM and SIGKILL. */
const killDelayMs = 2_000;
/**
 * Milliseconds to wait for output after the child has exited: a daemon that it left running may hold the pipes forever.
 */
const drainMs = 500;
/** Bytes kept from each output stream. */
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

/** `name` is the name that the caller uses for the program. */
type RunOptions = CommandOptions & { readonly name: string; readonly environment: Readonly<Record<string, string>> };

async function run(argv: Argv, options: RunOptions): Promise<CommandResult> {
  const [program] = argv;
  const output = { stdout: tail(), stderr: tail() };
  let child: RunningProgram;
  try {
    // A separate process group: ending the wait reaches every process that the child has started, and a Ctrl-C at the
    // terminal reaches only this program, which then ends its children itself.
    child = await startProgram(argv, {
      environment: options.environment,
      input: options.input,
      onOutput: (stream, bytes) => output[stream].add(bytes),
    });
  } catch (error) {
    throw startError(error, { program, name: options.name });
  }
  const exitCode = await ended(child, options);
  return { exitCode, stdout: output.stdout.text(), stderr: output.stderr.text() };
}

async function ended(child: RunningProgram, options: RunOptions): Promise<number> {
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
  if (options.signal.aborted) onAbort();
  try {
    const exitCode = await child.exited;
    drainTimer = setTimeout(() => child.release(), drainMs);
    await child.drained;
    if (reason !== undefined) throw reason;
    return exitCode;
  } finally {
    for (const timer of [timeout, killTimer, drainTimer]) clearTimeout(timer);
    options.signal.removeEventListener("abort", onAbort);
  }
}

function signalGroup({ pid }: RunningProgram, signal: "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is already gone.
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

/** Collects the end of a stream. */
function tail(): { add(bytes: Uint8Array): void; text(): string } {
  let chunks: Uint8Array[] = [];
  let size = 0;
  return {
    add: (bytes) => {
      chunks.push(bytes);
      size += bytes.length;
      // Twice the limit before anything is dropped, so that each byte is copied at most once.
      if (size > 2 * maxOutputBytes) {
        chunks = [Buffer.concat(chunks).subarray(-maxOutputBytes)];
        size = maxOutputBytes;
      }
    },
    text: () => Buffer.concat(chunks).subarray(-maxOutputBytes).toString("utf8"),
  };
}
