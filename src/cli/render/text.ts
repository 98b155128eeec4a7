import { oneLine } from "../../errors/printable-text.ts";
import type { Event, EventType } from "../../events/event.ts";
import { linesOf } from "../../events/event-lines.ts";
import type { Color, Line, Painted, Wait } from "../../events/line.ts";
import type { Output, Ports } from "../ports.ts";
import { errorText } from "./error-text.ts";
import { klogLine } from "./klog.ts";
import { liveLine, waitText } from "./live-line.ts";
import type { Redact } from "./redact.ts";
import type { Renderer, Verbosity } from "./renderer.ts";

export interface TextRendererOptions {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  readonly localTime: (time: Date) => Date;
  readonly everySecond: Ports["everySecond"];
  readonly verbosity: Verbosity;
  readonly redact: Redact;
}

const ansi: Readonly<Record<Color, string>> = { white: "0;37", green: "0;32", red: "0;31", yellow: "0;33" };

const reset = "\u001b[0m";

/** Returns a renderer that prints lines for people: progress on stdout; findings, waits and klog's lines on stderr. */
export function textRenderer(options: TextRendererOptions): Renderer {
  const { stdout, stderr, redact, pid, localTime } = options;
  const live = liveLine(stderr, options.everySecond);
  const printLines = (output: Output, text: string) => output.write(`${text}\n`);
  const print = (output: Output, text: string) => printLines(output, oneLine(redact(text)));
  const printPainted = (parts: readonly Painted[]) => {
    if (!isColorful(options)) return print(stdout, parts.map(({ text }) => text).join(""));
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
        return stdout.write(`${line.text.reveal()}\n`);
      case "question":
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
        if (!isLive(options)) return print(stderr, waitText(line));
        return showLive(line);
      case "beside-live":
        if (isLive(options)) print(stderr, line.text);
        return;
      case "live":
        if (line.text === undefined) live.end(line.key);
        else if (isLive(options)) showLive({ ...line, text: line.text });
    }
  };
  const showLive = ({ key, text, short, elapsedMs, deadlineMs }: Wait & { text: string; short?: string }) =>
    live.show(key, {
      text: oneLine(redact(text)),
      ...(short !== undefined && { short: oneLine(redact(short)) }),
      elapsedMs,
      deadlineMs,
    });
  return {
    event: (event: Event) => {
      for (const line of linesOf(event)) show(line, event.time);
      if (ends.has(event.type)) live.endAll();
    },
    failure: (error) => printLines(stderr, redact(errorText(error, options.verbosity.level))),
  };
}

/** A wait ends with its phase at the latest. */
const ends: ReadonlySet<EventType> = new Set(["phase.finished", "phase.failed", "run.finished", "run.failed"]);

function isColorful({ stdout, environment }: TextRendererOptions): boolean {
  return !isPlain(environment) && isCapable(stdout, environment);
}

/** If only one output is a terminal, lines of the other output may still reach it, for example through `| tee`. */
function isLive({ stdout, stderr, environment }: TextRendererOptions): boolean {
  return !isPlain(environment) && isCapable(stderr, environment) && stdout.isTerminal();
}

function isPlain(environment: TextRendererOptions["environment"]): boolean {
  return (environment["NO_COLOR"] ?? "") !== "";
}

/** Reports whether the output goes to something that understands escape sequences. */
function isCapable(output: Output, environment: TextRendererOptions["environment"]): boolean {
  return environment["TERM"] !== "dumb" && output.isTerminal();
}

/** The first --vmodule pattern that matches an area sets its level and overrides -v. */
export function levelFor(area: string, { level, areas }: Verbosity): number {
  return areas.find(({ pattern }) => matches(pattern, area))?.level ?? level;
}

/** Converts one of klog's patterns, which have `*` and `?`. */
function matches(pattern: string, area: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`).test(area);
}
