import { oneLine } from "../../errors/printable-text.ts";
import type { Event, EventType } from "../../events/event.ts";
import { linesOf } from "../../events/event-lines.ts";
import type { Line, Painted, Wait } from "../../events/line.ts";
import type { Output, Ports } from "../ports.ts";
import { klogHead } from "./klog.ts";
import { liveLine, waitText } from "./live-line.ts";
import { printError } from "./print-error.ts";
import type { Redact } from "./redact.ts";
import type { Renderer, Verbosity } from "./renderer.ts";
import { asProse, type Environment, isStyled, writePainted } from "./terminal.ts";

export interface TextRendererOptions {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly environment: Environment;
  readonly pid: number;
  readonly localTime: (time: Date) => Date;
  readonly everySecond: Ports["everySecond"];
  readonly verbosity: Verbosity;
  readonly redact: Redact;
}

/** Returns a renderer that prints lines for people: progress on stdout; findings, waits and klog's lines on stderr. */
export function textRenderer(options: TextRendererOptions): Renderer {
  const { stdout, stderr, environment, redact, pid, localTime } = options;
  const waits = waitsOn(options);
  const print = (output: Output, text: string) => output.write(`${oneLine(redact(text))}\n`);
  const printPainted = (output: Output, parts: readonly Painted[]) =>
    writePainted(
      output,
      parts.map((part) => ({ ...part, text: oneLine(redact(part.text)) })),
      isStyled(output, environment),
    );
  const printNotice = ({ text, tag, isProse }: Extract<Line, { kind: "notice" }>) => {
    if (tag !== undefined) return printPainted(stderr, [tag, { text: text.slice(tag.text.length) }]);
    const shown = oneLine(redact(text));
    stderr.write(`${isProse === true ? asProse(shown, stderr, environment) : shown}\n`);
  };
  const show = (line: Line, time: string) => {
    const head = (severity: "I" | "W") => klogHead(severity, { time: localTime(new Date(time)), pid });
    switch (line.kind) {
      case "progress":
        return print(stdout, line.text);
      case "painted":
        return printPainted(stdout, line.parts);
      case "disclosure":
        return stdout.write(`${line.text.reveal()}\n`);
      case "question":
        return stdout.write(oneLine(redact(line.text)));
      case "notice":
        return printNotice(line);
      case "warning":
        return printPainted(stderr, [{ color: "yellow", text: head("W") }, { text: ` ${line.text}` }]);
      case "log":
        if (line.level > levelFor(line.area, options.verbosity)) return;
        print(stderr, `${head("I")} ${line.text}`);
        for (const text of line.more ?? []) print(stderr, text);
        return;
      default:
        return waits.show(line);
    }
  };
  return {
    event: (event: Event) => {
      for (const line of linesOf(event)) show(line, event.time);
      if (ends.has(event.type)) waits.endAll();
    },
    failure: (error) => printError(error, { stderr, environment, redact, verbosity: options.verbosity.level }),
  };
}

/** A wait ends with its phase at the latest. */
const ends: ReadonlySet<EventType> = new Set(["phase.finished", "phase.failed", "run.finished", "run.failed"]);

type WaitLine = Extract<Line, Wait | { readonly kind: "beside-live" }>;

/** Shows waits: on a terminal as its live line, elsewhere as lines. */
function waitsOn(options: TextRendererOptions): { show(line: WaitLine): void; endAll(): void } {
  const { stderr, redact } = options;
  const live = liveLine(stderr, options.everySecond);
  const shown = (text: string) => oneLine(redact(text));
  const showOnTerminal = (line: WaitLine) => {
    switch (line.kind) {
      case "wait": {
        const { key, text, short, elapsedMs, deadlineMs } = line;
        return live.show(key, { texts: [shown(text), shown(short)], isReason: true, elapsedMs, deadlineMs });
      }
      case "unseen-wait":
        return;
      case "beside-live":
        return live.tell(line.key, shown(line.text));
      case "live": {
        const { key, texts, elapsedMs, deadlineMs } = line;
        if (texts.length === 0) return live.end(key);
        return live.show(key, { texts: texts.map(shown), elapsedMs, deadlineMs });
      }
    }
  };
  const print = (line: WaitLine): void => {
    if (line.kind === "wait" || line.kind === "unseen-wait") stderr.write(`${shown(waitText(line.text, line))}\n`);
  };
  return {
    show: (line) => (isLive(options) ? showOnTerminal(line) : print(line)),
    endAll: live.endAll,
  };
}

/** If only one output is a terminal, lines of the other output may still reach it, for example through `| tee`. */
function isLive({ stdout, stderr, environment }: TextRendererOptions): boolean {
  return isStyled(stderr, environment) && stdout.isTerminal();
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
