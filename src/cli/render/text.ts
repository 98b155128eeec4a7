import { oneLine } from "../../errors/printable-text.ts";
import type { Event } from "../../events/event.ts";
import type { Output } from "../ports.ts";
import { errorText } from "./error-text.ts";
import { linesOf } from "./event-lines.ts";
import { klogLine } from "./klog.ts";
import type { Color, Line, Painted } from "./line.ts";
import type { Redact } from "./redact.ts";
import type { Renderer, Verbosity } from "./renderer.ts";

export interface TextRendererOptions {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  readonly localTime: (time: Date) => Date;
  readonly verbosity: Verbosity;
  readonly redact: Redact;
}

const ansi: Readonly<Record<Color, string>> = { white: "0;37", green: "0;32", red: "0;31", yellow: "0;33" };

const reset = "\u001b[0m";
const eraseLine = "\r\u001b[K";
/** What the next text has more than the terminal has columns is cut off: only one line can be redrawn. */
const withoutWrapping = "\u001b[?7l";
const withWrapping = "\u001b[?7h";

/** Lines for people: progress on stdout; findings, waits and klog's lines on stderr. */
export function textRenderer(options: TextRendererOptions): Renderer {
  const { stdout, stderr, redact, pid, localTime } = options;
  let live = false;
  const clear = () => {
    if (live) stderr.control(eraseLine);
    live = false;
  };
  const printLines = (output: Output, text: string) => {
    clear();
    output.write(`${text}\n`);
  };
  const print = (output: Output, text: string) => printLines(output, oneLine(redact(text)));
  const printPainted = (parts: readonly Painted[]) => {
    if (!isColorful(options)) return print(stdout, parts.map(({ text }) => text).join(""));
    clear();
    for (const { color, text } of parts) {
      if (color !== undefined) stdout.control(`\u001b[${ansi[color]}m`);
      stdout.write(oneLine(redact(text)));
      if (color !== undefined) stdout.control(reset);
    }
    stdout.write("\n");
  };
  const show = (line: Line, time: string) => {
    switch (line.kind) {
      case "progress":
        return print(stdout, line.text);
      case "painted":
        return printPainted(line.parts);
      case "disclosure":
        clear();
        return stdout.write(`${line.text.reveal()}\n`);
      case "question":
        clear();
        return stdout.write(oneLine(redact(line.text)));
      case "notice":
        return print(stderr, line.text);
      case "warning":
        return print(stderr, klogLine("W", line.text, { time: localTime(new Date(time)), pid }));
      case "log":
        if (line.level > levelFor(line.area, options.verbosity)) return;
        print(stderr, klogLine("I", line.text, { time: localTime(new Date(time)), pid }));
        for (const text of line.more ?? []) print(stderr, text);
        return;
      case "wait":
        if (!isCapable(stderr, options.environment)) return print(stderr, line.text);
        stderr.control(eraseLine + withoutWrapping);
        stderr.write(oneLine(redact(line.text)));
        stderr.control(withWrapping);
        live = true;
    }
  };
  return {
    event: (event: Event) => {
      for (const line of linesOf(event)) show(line, event.time);
      if (event.type === "run.finished") clear();
    },
    failure: (error) => printLines(stderr, redact(errorText(error, options.verbosity.level))),
  };
}

function isColorful({ stdout, environment }: TextRendererOptions): boolean {
  return (environment["NO_COLOR"] ?? "") === "" && isCapable(stdout, environment);
}

/** Whether escape sequences mean something where the output goes. */
function isCapable(output: Output, environment: TextRendererOptions["environment"]): boolean {
  return environment["TERM"] !== "dumb" && output.isTerminal();
}

/** An area that a --vmodule pattern matches has that pattern's level, whatever -v says; the first pattern wins. */
export function levelFor(area: string, { level, areas }: Verbosity): number {
  return areas.find(({ pattern }) => matches(pattern, area))?.level ?? level;
}

/** klog's patterns: `*` and `?`. */
function matches(pattern: string, area: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`).test(area);
}
