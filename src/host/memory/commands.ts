import { basename } from "node:path/posix";
import type { Clock } from "../../async/clock.ts";
import { abortable, throwIfAborted } from "../../async/signal.ts";
import { started } from "../../async/started.ts";
import { childEnvironment } from "../find-program.ts";
import { CommandError, type CommandOptions, type CommandResult, type Commands } from "../host.ts";

/** One call, as a script receives it. */
export interface CommandCall {
  readonly argv: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
  readonly input: string;
  readonly signal: AbortSignal;
}

/** A program's result; omitted fields are 0 and "". */
export type CommandScript =
  | Partial<CommandResult>
  | ((call: CommandCall) => Partial<CommandResult> | Promise<Partial<CommandResult>>);

export interface MemoryCommands extends Commands {
  /** Every call so far, oldest first. */
  readonly calls: readonly CommandCall[];
  /** Installs a program, or replaces it. */
  install(name: string, script: CommandScript): void;
  uninstall(name: string): void;
}

export interface MemoryCommandsOptions {
  readonly clock: Clock;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A program that runs until it is terminated. */
export const hangingProgram: CommandScript = () => new Promise(() => undefined);

/** Programs by name, all of them in /usr/bin. */
export function memoryCommands(
  programs: Readonly<Record<string, CommandScript>>,
  { clock, environment }: MemoryCommandsOptions,
): MemoryCommands {
  const scripts = new Map(Object.entries(programs));
  const calls: CommandCall[] = [];
  return {
    calls,
    install: (name, script) => void scripts.set(name, script),
    uninstall: (name) => void scripts.delete(name),
    find: async (name) => (scripts.has(basename(name)) ? `/usr/bin/${basename(name)}` : undefined),
    run: async (argv, options) => {
      throwIfAborted(options.signal);
      const script = scripts.get(basename(argv[0]));
      if (script === undefined) throw missing(argv[0]);
      const call: CommandCall = {
        argv,
        environment: options.environment ?? childEnvironment(environment),
        input: options.input ?? "",
        signal: options.signal,
      };
      calls.push(call);
      const answer = typeof script === "function" ? await inTime(script, call, { options, clock }) : script;
      return { exitCode: 0, stdout: "", stderr: "", ...answer };
    },
  };
}

function missing(name: string): CommandError {
  return name.includes("/")
    ? new CommandError("not-found", name, `fork/exec ${name}: no such file or directory`)
    : new CommandError("not-found", name, `exec: ${JSON.stringify(name)}: executable file not found in $PATH`);
}

async function inTime(
  script: Extract<CommandScript, (call: CommandCall) => unknown>,
  call: CommandCall,
  { options, clock }: { readonly options: CommandOptions; readonly clock: Clock },
): Promise<Partial<CommandResult>> {
  const over = new AbortController();
  const [program] = call.argv;
  const timeout = started(
    clock.sleep(options.timeoutMs, over.signal).then(() => {
      throw new CommandError("timed-out", program, `${program}: not ended after ${options.timeoutMs}ms`);
    }),
  );
  try {
    return await abortable(Promise.race([Promise.resolve(script(call)), timeout]), options.signal);
  } finally {
    over.abort();
  }
}
