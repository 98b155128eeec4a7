import type { Output } from "../ports.ts";
import { errorParts, errorText } from "./error-text.ts";
import type { Redact } from "./redact.ts";
import { type Environment, fitted, isStyled, writePainted } from "./terminal.ts";

/** Prints the error that a command ends with. */
export function printError(
  error: unknown,
  options: {
    readonly stderr: Output;
    readonly environment: Environment;
    readonly verbosity: number;
    readonly redact: Redact;
  },
): void {
  const { stderr, environment, verbosity, redact } = options;
  if (!isStyled(stderr, environment)) {
    stderr.write(`${redact(errorText(error, verbosity))}\n`);
    return;
  }
  // Lines of a part are masked together: a secret may stand on several.
  for (const { text, label } of errorParts(error, verbosity)) {
    const shown = redact(text);
    if (label === undefined) stderr.write(`${shown}\n`);
    else if (label === "remedy:") stderr.write(`${fitted(shown, stderr.columns()).join("\n")}\n`);
    else writePainted(stderr, [{ color: "red", text: label }, { text: shown.slice(label.length) }], true);
  }
}
