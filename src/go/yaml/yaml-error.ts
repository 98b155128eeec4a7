import { foreignText } from "../../errors/printable-text.ts";

/** A text that is not YAML. The message is go-yaml's, since operators search for these messages. */
export class YamlError extends Error {
  /** Counted from 1; go-yaml's own line in the message may be one less. */
  readonly line: number;

  constructor(message: string, line: number) {
    super(foreignText(message));
    this.name = "YamlError";
    this.line = line;
  }
}

/** A position in the text; all numbers start at 0. */
export interface Mark {
  readonly index: number;
  readonly line: number;
  readonly column: number;
}

const startOfText: Mark = { index: 0, line: 0, column: 0 };

/** For errors of the scanner, go-yaml counts lines from 1, and omits the number for the first line. */
export function scannerError(problem: string, at: Mark, context: Mark = startOfText): YamlError {
  const line = at.line > 0 ? at.line + 1 : context.line;
  return new YamlError(withLine(problem, line), at.line + 1);
}

/** For errors of the parser, it counts them from 0. */
export function parserError(problem: string, at: Mark, context: Mark = startOfText): YamlError {
  return new YamlError(withLine(problem, at.line > 0 ? at.line : context.line), at.line + 1);
}

function withLine(problem: string, line: number): string {
  return line > 0 ? `yaml: line ${line}: ${problem}` : `yaml: ${problem}`;
}
