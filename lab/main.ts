import { parseCommandLine, UsageError } from "./command-line.ts";
import { runCommandLine } from "./commands.ts";

const interrupted = new AbortController();
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    process.exitCode = EXIT_CODES[signal];
    interrupted.abort(new Error(`ended by ${signal}`));
  });
}

const say = (line: string): void => console.error(`lab: ${line}`);

try {
  const code = await runCommandLine(parseCommandLine(process.argv.slice(2)), say, interrupted.signal);
  process.exitCode ??= code;
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  if (error instanceof UsageError) say('see "lab --help"');
  process.exitCode ??= error instanceof UsageError ? 2 : 1;
}
