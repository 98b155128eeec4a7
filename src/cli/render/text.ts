import type { Event } from "../../events/event.ts";
import type { Output } from "../ports.ts";
import { errorText } from "./error-text.ts";
import { type Colour, type Line, linesOf, type Paint } from "./event-lines.ts";
import { klogLine } from "./klog.ts";
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

const ansi: Readonly<Record<Colour, string>> = { white: "0;37", green: "0;32", red: "0;31", yellow: "0;33" };

const eraseLine = "\r\u001b[K";

/** Erases the line, and cuts off what the next text has more than the terminal has columns: only one line can be redrawn. */
function liveText(text: string): string {
  return `${eraseLine}\u001b[?7l${text.replaceAll("\n", " ")}\u001b[?7h`;
}

/** Lines for people: progress on stdout; findings, waits and klog's lines on stderr. */
export function textRenderer(options: TextRendererOptions): Renderer {
  const { stdout, stderr, redact, pid, localTime } = options;
  const paint = painter(options);
  let live = false;
  const clear = () => {
    if (live) stderr.write(eraseLine);
    live = false;
  };
  const print = (output: Output, text: string) => {
    clear();
    output.write(`${redact(text)}\n`);
  };
  const show = (line: Line, time: string) => {
    switch (line.kind) {
      case "progress":
        return print(stdout, line.text);
      case "disclosure":
        clear();
        return stdout.write(`${line.text.reveal()}\n`);
      case "question":
        clear();
        return stdout.write(redact(line.text));
      case "notice":
        return print(stderr, line.text);
      case "warning":
        return print(stderr, klogLine("W", line.text, { time: localTime(new Date(time)), pid }));
      case "log":
        if (line.level > levelFor(line.area, options.verbosity)) return;
        return print(stderr, klogLine("I", line.text, { time: localTime(new Date(time)), pid }));
      case "wait":
        if (!isCapable(stderr, options.environment)) return print(stderr, line.text);
        stderr.write(liveText(redact(line.text)));
        live = true;
    }
  };
  return {
    event: (event: Event) => {
      for (const line of linesOf(event, paint)) show(line, event.time);
      if (event.type === "run.finished") clear();
    },
    failure: (error) => print(stderr, errorText(error, options.verbosity.level)),
  };
}

function painter({ stdout, environment }: TextRendererOptions): Paint {
  const noColour = (environment["NO_COLOR"] ?? "") !== "";
  return (colour, text) =>
    noColour || !isCapable(stdout, environment) ? text : `\u001b[${ansi[colour]}m${text}\u001b[0m`;
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
