import { isKubeadmError, KubeadmError, messageOf } from "../errors/kubeadm-error.ts";
import { foreignText } from "../errors/printable-text.ts";
import type { Event, EventTypes } from "../events/event.ts";
import type { Events } from "../events/events.ts";
import { eventsTo } from "../events/events.ts";
import type { Flags } from "../kubeadm/flags/flag.ts";
import { programName, programVersion } from "../kubeadm/version.ts";
import { exitStatusOf } from "./interruption.ts";
import type { Invocation } from "./line/command.ts";
import { printingRenderer, secretsOf } from "./printing-session.ts";
import { causesOf } from "./render/error-text.ts";
import { ndjsonRenderer } from "./render/ndjson.ts";
import { type Redact, redactor } from "./render/redact.ts";
import type { Renderer } from "./render/renderer.ts";
import { type ReportFile, reportFile } from "./report-file.ts";

/**
 * Runs a command between the events `run.started` and `run.finished` or `run.failed`, which are shown in the format of
 * --output, or as `rendererOf` says. Returns the exit status.
 */
export async function runSession(
  invocation: Invocation<Flags>,
  work: (events: Events) => Promise<void>,
  rendererOf = (redact: Redact) => rendererFor(invocation, redact),
): Promise<number> {
  const redact = redactor(secretsOf(invocation));
  const renderer = rendererOf(redact);
  const report = reportFile(invocation, redact);
  const events = eventsTo(
    (event) => {
      report?.record(event);
      renderer.event(event);
    },
    () => new Date(),
  );
  const started = performance.now();
  events.emit("run.started", { command: invocation.path, version: `${programName} ${programVersion}` });
  try {
    await work(events);
    await emitLast("run.finished", { durationMs: performance.now() - started }, { renderer, report, events });
    return 0;
  } catch (error) {
    await emitLast("run.failed", failureOf(error), { renderer, report, events });
    renderer.failure(error);
    return exitStatusOf(error);
  }
}

/** The report needs the last event, and what became of the report comes before it: the result is the last line. */
async function emitLast<K extends "run.finished" | "run.failed">(
  type: K,
  data: EventTypes[K],
  { renderer, report, events }: { renderer: Renderer; report: ReportFile | undefined; events: Events },
): Promise<void> {
  if (report === undefined) return events.emit(type, data);
  const last: Event[] = [];
  eventsTo(
    (event) => last.push(event),
    () => new Date(),
  ).emit(type, data);
  last.forEach(report.record);
  await report.write(events);
  last.forEach(renderer.event);
}

function failureOf(error: unknown) {
  if (isKubeadmError(error)) {
    const { code, message, remedy, details } = error;
    return { code, message, causes: causesOf(error), remedy, details };
  }
  const remedy = "This is a bug: report it with the lines on stderr.";
  return { code: "INTERNAL", message: foreignText(messageOf(error)), causes: [], remedy, details: {} } as const;
}

function rendererFor(invocation: Invocation<Flags>, redact: Redact): Renderer {
  const { flags, ports } = invocation;
  const { stdout, stderr } = ports;
  switch (flags["output"]) {
    case "text":
      return printingRenderer(invocation, redact);
    case "json":
      return ndjsonRenderer({ stdout, stderr, redact });
    default:
      throw new KubeadmError("USAGE", `invalid output format: ${String(flags["output"])}`, {
        remedy: "Use --output text or --output json.",
      });
  }
}
