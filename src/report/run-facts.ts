import { numberOf, type PlainEvent, recordsOf, textOf, textsOf } from "./plain-event.ts";
import type { TimedEvent } from "./timed-events.ts";

export interface FileChange {
  readonly path: string;
  /** "directory", "symlink"; empty if it is not known. */
  readonly kind: string;
  readonly mode: number | undefined;
  /** What it is after the run, in addition to what it was before. */
  readonly change: "new" | "changed" | "removed" | "temporary";
}

/** The files that the run changed, each once, in the order of their first change. */
export function fileChanges(events: readonly TimedEvent[]): readonly FileChange[] {
  const files = new Map<string, FileChange & { readonly isNew: boolean }>();
  for (const { event } of events) {
    if (textOf(event, "type") !== "file.changed") continue;
    const [path, outcome] = [textOf(event, "path"), textOf(event, "outcome")];
    const before = files.get(path);
    const isNew = before?.isNew ?? outcome === "created";
    const change = outcome === "removed" ? (isNew ? "temporary" : "removed") : isNew ? "new" : "changed";
    const mode = numberOf(event, "mode") ?? before?.mode;
    files.set(path, { path, kind: textOf(event, "kind"), mode, change, isNew });
  }
  return [...files.values()];
}

export interface CertificateValidity {
  readonly path: string;
  readonly subject: string;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly origin: string;
}

/** The certificates of the run, each once: what was made counts more than what was read again later. */
export function certificateValidities(events: readonly TimedEvent[]): readonly CertificateValidity[] {
  const found = new Map<string, CertificateValidity>();
  for (const { event } of events) {
    if (textOf(event, "type") !== "certificate.validity") continue;
    const [path, subject, notAfter] = [textOf(event, "path"), textOf(event, "subject"), textOf(event, "notAfter")];
    const key = JSON.stringify([path, subject, notAfter]);
    if (found.has(key)) continue;
    found.set(key, { path, subject, notAfter, notBefore: textOf(event, "notBefore"), origin: textOf(event, "origin") });
  }
  return [...found.values()];
}

export interface CheckRow {
  readonly check: string;
  readonly result: "failed" | "warning" | "ignored" | "passed" | "skipped";
  readonly group: string;
  readonly message: string;
  readonly evidence: readonly string[];
  readonly remedy: string;
  readonly commands: readonly string[];
  /** What only a person can decide. */
  readonly decision: string;
}

/** Those first that need attention. */
const resultOrder = ["failed", "warning", "ignored", "skipped", "passed"] as const;

export function checkRows(events: readonly TimedEvent[]): readonly CheckRow[] {
  const rows = events.flatMap(({ event }) => rowsOf(event));
  return rows.toSorted((a, b) => resultOrder.indexOf(a.result) - resultOrder.indexOf(b.result));
}

function rowsOf(event: PlainEvent): readonly CheckRow[] {
  switch (textOf(event, "type")) {
    case "check.passed":
      return [row(event, "passed")];
    case "check.warned":
      return [row(event, event["ignored"] === true ? "ignored" : "warning")];
    case "preflight.failed":
      return recordsOf(event, "findings").map((finding) => row(finding, "failed"));
    case "doctor.check":
      return doctorRows(event);
    default:
      return [];
  }
}

function row(finding: PlainEvent, result: CheckRow["result"]): CheckRow {
  return {
    check: textOf(finding, "check"),
    result,
    group: "",
    message: textOf(finding, "message"),
    evidence: [],
    remedy: textOf(finding, "remedy"),
    commands: [],
    decision: "",
  };
}

/** One row for each finding of a check of `doctor`, or one that it has none. */
function doctorRows(event: PlainEvent): readonly CheckRow[] {
  const { check, group } = { check: textOf(event, "check"), group: textOf(event, "group") };
  const note = textOf(event, "note");
  const findings = recordsOf(event, "findings");
  if (findings.length === 0) {
    const result = textOf(event, "state") === "skipped" ? "skipped" : "passed";
    const message = note === "" ? textOf(event, "title") : note;
    return [{ check, group, result, message, evidence: [], remedy: "", commands: [], decision: "" }];
  }
  return findings.map((finding) => ({
    check,
    group,
    result: textOf(finding, "severity") === "error" ? "failed" : "warning",
    message: textOf(finding, "finding"),
    evidence: textsOf(finding, "evidence"),
    remedy: textOf(finding, "remedy"),
    commands: textsOf(finding, "commands"),
    decision: textOf(finding, "decision"),
  }));
}

export interface RequestRow {
  readonly atMs: number;
  readonly method: string;
  readonly url: string;
  readonly durationMs: number | undefined;
  /** 0 if there was no answer. */
  readonly status: number;
  /** Why there was none. */
  readonly reason: string;
}

/** The requests to API servers by the time at which they began. */
export function requestRows(events: readonly TimedEvent[]): readonly RequestRow[] {
  return events
    .filter(({ event }) => ["request.finished", "request.failed"].includes(textOf(event, "type")))
    .map(({ atMs, event }) => {
      const durationMs = numberOf(event, "durationMs");
      return {
        atMs: Math.max(0, atMs - (durationMs ?? 0)),
        method: textOf(event, "method"),
        url: textOf(event, "url"),
        durationMs,
        status: numberOf(event, "status") ?? 0,
        reason: textOf(event, "reason"),
      };
    })
    .toSorted((a, b) => a.atMs - b.atMs);
}

/** What else the run did to the machine, one sentence each. */
export function otherChanges(events: readonly TimedEvent[]): readonly string[] {
  return events.flatMap(({ event }) => {
    const text = (field: string) => textOf(event, field);
    switch (text("type")) {
      case "service.changed":
        return text("service") === ""
          ? ["The service manager reloaded its unit files."]
          : [`Service ${text("service")}: ${text("action")}.`];
      case "mount.removed":
        return [`Mount ${text("path")}: removed.`];
      case "reset.pod.removed":
        return [`Pod ${text("namespace")}/${text("name")}: removed.`];
      case "command.finished":
        return [`Program ${text("program")}: ended with status ${text("exitCode")}.`];
      default:
        return [];
    }
  });
}

/** Objects of the cluster that the run changed, each once with the verbs in their order. */
export function objectChanges(events: readonly TimedEvent[]): readonly string[] {
  const verbs = new Map<string, Set<string>>();
  for (const { event } of events) {
    if (textOf(event, "type") !== "object.changed") continue;
    const [resource, namespace, name] = [textOf(event, "resource"), textOf(event, "namespace"), textOf(event, "name")];
    const object = `${resource} ${namespace === "" ? "" : `${namespace}/`}${name}`;
    verbs.set(object, (verbs.get(object) ?? new Set()).add(textOf(event, "verb")));
  }
  return [...verbs].map(([object, each]) => `${object}: ${[...each].join(", ")}`);
}

/** Warnings that are no results of checks. */
export function warnings(events: readonly TimedEvent[]): readonly PlainEvent[] {
  return events.map(({ event }) => event).filter((event) => textOf(event, "type") === "warning");
}

/** What a reset left on the machine. */
export function leftovers(events: readonly TimedEvent[]): readonly PlainEvent[] {
  return events.flatMap(({ event }) =>
    textOf(event, "type") === "reset.finished" ? recordsOf(event, "leftovers") : [],
  );
}

/** Lines that the run printed for anyone who looks for the cause of its failure. */
export function adviceLines(events: readonly TimedEvent[]): readonly string[] {
  return events.flatMap(({ event }) => (textOf(event, "type").endsWith(".advice") ? textsOf(event, "lines") : []));
}

export type RunOutcome = "succeeded" | "failed" | "interrupted" | "unfinished";

export interface RunSummary {
  readonly command: string;
  readonly version: string;
  readonly startedAt: string;
  readonly durationMs: number | undefined;
  readonly outcome: RunOutcome;
  readonly isDryRun: boolean;
  /** `run.failed` */
  readonly failure: PlainEvent | undefined;
  /** `doctor.finished` */
  readonly examination: PlainEvent | undefined;
}

export function summaryOf(events: readonly TimedEvent[]): RunSummary {
  const last = (type: string) => events.findLast(({ event }) => textOf(event, "type") === type);
  const [started, finished, failed] = [last("run.started"), last("run.finished"), last("run.failed")];
  const code = textOf(failed?.event ?? {}, "code");
  const ended = finished?.atMs ?? failed?.atMs;
  return {
    command: textOf(started?.event ?? {}, "command"),
    version: textOf(started?.event ?? {}, "version"),
    startedAt: textOf(events[0]?.event ?? {}, "time"),
    durationMs: numberOf(finished?.event ?? {}, "durationMs") ?? ended ?? events.at(-1)?.atMs,
    outcome:
      failed !== undefined
        ? code === "CANCELLED"
          ? "interrupted"
          : "failed"
        : finished !== undefined
          ? "succeeded"
          : "unfinished",
    isDryRun: events.some(({ event }) => isOfDryRun(event)),
    failure: failed?.event,
    examination: last("doctor.finished")?.event,
  };
}

function isOfDryRun(event: PlainEvent): boolean {
  const type = textOf(event, "type");
  if (type === "reset.finished") return event["dryRun"] === true;
  // The directory is also made if the file asks for a dry run, and the flag then says no.
  return type.startsWith("dryrun.") && type !== "dryrun.directory";
}
