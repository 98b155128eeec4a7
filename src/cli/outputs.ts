import { printable } from "../errors/printable-text.ts";
import type { Output } from "./ports.ts";

/** One of the program's two streams as the runtime has it. */
export interface Stream {
  write(text: string): void;
  /** Asked only by what redraws or colors. */
  isTerminal(): boolean;
  /** Columns of the terminal at this moment; undefined if they are unknown. */
  columns(): number | undefined;
  lost(): string | undefined;
}

const eraseLine = "\r\u001b[K";
/** What the next text has more than the terminal has columns is cut off: only one line can be redrawn. */
const withoutWrapping = "\u001b[?7l";
const withWrapping = "\u001b[?7h";

/**
 * Both outputs of a program. They share the live line, which is erased before anything else is written to either: on a
 * terminal both appear in the same place.
 */
export function outputs(stdout: Stream, stderr: Stream): { readonly stdout: Output; readonly stderr: Output } {
  let drawnOn: Stream | undefined;
  const erase = () => {
    drawnOn?.write(eraseLine);
    drawnOn = undefined;
  };
  const output = (stream: Stream): Output => ({
    write: (text) => {
      erase();
      stream.write(printable(text));
    },
    control: (sequence) => {
      erase();
      stream.write(sequence);
    },
    isTerminal: () => stream.isTerminal(),
    columns: () => stream.columns(),
    lost: () => stream.lost(),
    live: (text) => {
      if (text === undefined) return erase();
      // In one write, so that no signal comes between the two modes.
      stream.write(eraseLine + withoutWrapping + printable(text).replaceAll(/[\n\t]/g, " ") + withWrapping);
      drawnOn = stream;
    },
  });
  return { stdout: output(stdout), stderr: output(stderr) };
}
