import { numberOf, type PlainEvent, textOf, textsOf } from "./plain-event.ts";
import type { TimedEvent } from "./timed-events.ts";

/** What the program waited for or worked on for a while; several of them may run in parallel. */
export interface Activity {
  readonly kind: "request" | "check" | "program" | "images" | "wait";
  readonly startMs: number;
  readonly endMs: number;
}

export interface Wait extends Activity {
  readonly kind: "wait" | "images";
  readonly what: string;
  /** One after the other, each as often as it changed. */
  readonly reasons: readonly string[];
  readonly deadlineMs: number | undefined;
  /** No event says that it is over. */
  readonly isOpen: boolean;
}

export type StepOutcome = "done" | "failed" | "skipped" | "unfinished";

/** A phase, or with an empty name what happened outside of all phases. */
export interface TimelineStep {
  /** Full name: "control-plane-prepare/certs". */
  readonly name: string;
  readonly summary: string;
  readonly outcome: StepOutcome;
  /** Why it was skipped, or the code of its failure. */
  readonly note: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly waits: readonly Wait[];
  readonly activities: readonly Activity[];
}

type MutableStep = { -readonly [K in keyof TimelineStep]: TimelineStep[K] } & {
  waits: Wait[];
  activities: Activity[];
  openWaits: Map<string, MutableWait>;
};
type MutableWait = { -readonly [K in keyof Wait]: Wait[K] } & { reasons: string[] };

/** The phases of a run in their order, with what happened in each. */
export function timelineOf(events: readonly TimedEvent[]): readonly TimelineStep[] {
  const steps = new Map<string, MutableStep>();
  let endMs = 0;
  for (const { atMs, event } of events) {
    endMs = atMs;
    const name = textOf(event, "phase");
    const step = steps.get(name) ?? newStep(name, atMs);
    const isNew = !steps.has(name);
    if (add(event, atMs, step) && isNew) steps.set(name, step);
  }
  return [...steps.values()].map((step) => closed(step, endMs));
}

function newStep(name: string, atMs: number): MutableStep {
  return {
    name,
    summary: "",
    outcome: name === "" ? "done" : "unfinished",
    note: "",
    startMs: atMs,
    endMs: atMs,
    waits: [],
    activities: [],
    openWaits: new Map(),
  };
}

/** Returns whether the event belongs in a timeline. */
function add(event: PlainEvent, atMs: number, step: MutableStep): boolean {
  const durationMs = numberOf(event, "durationMs");
  const startMs = Math.max(0, atMs - (durationMs ?? 0));
  const activity = (kind: Activity["kind"]) => {
    if (durationMs !== undefined) step.activities.push({ kind, startMs, endMs: atMs });
    if (step.name === "") step.endMs = atMs;
    return true;
  };
  switch (textOf(event, "type")) {
    case "phase.started":
      step.summary = textOf(event, "summary");
      step.startMs = atMs;
      return true;
    case "phase.skipped":
      return ended(step, "skipped", textOf(event, "reason"), atMs);
    case "phase.finished":
      return ended(step, "done", "", atMs);
    case "phase.failed":
      return ended(step, "failed", textOf(event, "code"), atMs);
    case "request.finished":
    case "request.failed":
      return activity("request");
    case "check.passed":
      return activity("check");
    case "command.finished":
      return activity("program");
    case "wait.progress":
      if (textOf(event, "group") !== "images") reportWait(event, atMs, step);
      return true;
    case "wait.action":
      addReason(
        waitAt(step, textOf(event, "what"), { kind: "wait", startMs: atMs, deadlineMs: undefined }),
        actionText(event),
      );
      return true;
    case "wait.finished":
      return endWait(step, textOf(event, "what"), atMs);
    case "images.progress":
      return reportImages(event, atMs, step);
    default:
      return false;
  }
}

function ended(step: MutableStep, outcome: StepOutcome, note: string, atMs: number): true {
  Object.assign(step, { outcome, note, endMs: atMs });
  return true;
}

function reportWait(event: PlainEvent, atMs: number, step: MutableStep): void {
  const wait = waitAt(step, textOf(event, "what"), {
    kind: "wait",
    startMs: Math.max(0, atMs - (numberOf(event, "elapsedMs") ?? 0)),
    deadlineMs: numberOf(event, "deadlineMs"),
  });
  addReason(wait, textOf(event, "reason"));
  wait.endMs = atMs;
}

function actionText(event: PlainEvent): string {
  return [textOf(event, "action"), ...textsOf(event, "commands")].join(" ");
}

function reportImages(event: PlainEvent, atMs: number, step: MutableStep): true {
  const what = "pulls of images";
  const wait = waitAt(step, what, { kind: "images", startMs: atMs, deadlineMs: numberOf(event, "deadlineMs") });
  const count = `${textOf(event, "present")} of ${textOf(event, "total")} images are present`;
  const pulling = textsOf(event, "pulling");
  const reason = textOf(event, "reason");
  const now = pulling.length === 0 ? "" : `; pulling ${pulling.join(", ")}`;
  addReason(wait, `${count}${now}${reason === "" ? "" : `; retrying after: ${reason}`}`);
  wait.endMs = atMs;
  wait.isOpen = pulling.length > 0;
  return true;
}

function waitAt(step: MutableStep, what: string, begin: Pick<Wait, "kind" | "startMs" | "deadlineMs">): MutableWait {
  const open = step.openWaits.get(what) ?? { what, reasons: [], endMs: begin.startMs, isOpen: true, ...begin };
  step.openWaits.set(what, open);
  return open;
}

function addReason(wait: MutableWait, reason: string): void {
  if (reason !== "" && wait.reasons.at(-1) !== reason) wait.reasons.push(reason);
}

function endWait(step: MutableStep, what: string, atMs: number): true {
  const wait = step.openWaits.get(what);
  if (wait === undefined) return true;
  step.openWaits.delete(what);
  step.waits.push({ ...wait, endMs: atMs, isOpen: false });
  return true;
}

/** A phase without an end continues to the end of the run, a wait without one to the end of its phase. */
function closed({ openWaits, ...step }: MutableStep, runEndMs: number): TimelineStep {
  const endMs = step.outcome === "unfinished" ? runEndMs : step.endMs;
  const open = [...openWaits.values()].map((wait) => ({
    ...wait,
    endMs: wait.isOpen ? Math.max(wait.endMs, endMs) : wait.endMs,
  }));
  const waits = [...step.waits, ...open].toSorted((a, b) => a.startMs - b.startMs);
  return { ...step, endMs, waits };
}

/** Activities one above the other where they run in parallel: each in the first row that is free. */
export function lanesOf(activities: readonly Activity[], most: number): readonly (readonly Activity[])[] {
  const lanes: Activity[][] = [];
  for (const activity of activities.toSorted((a, b) => a.startMs - b.startMs)) {
    const free = lanes.find((lane) => (lane.at(-1)?.endMs ?? 0) <= activity.startMs);
    if (free !== undefined) free.push(activity);
    else if (lanes.length < most) lanes.push([activity]);
    else lanes.at(-1)?.push(activity);
  }
  return lanes;
}

/** How many of them ran at the same time at most. */
export function mostAtOnce(activities: readonly Activity[]): number {
  const edges = activities.flatMap(({ startMs, endMs }) => [
    { atMs: startMs, change: 1 },
    { atMs: endMs, change: -1 },
  ]);
  let [running, most] = [0, 0];
  // One that ends when another begins does not overlap it.
  for (const { change } of edges.toSorted((a, b) => a.atMs - b.atMs || a.change - b.change)) {
    running += change;
    most = Math.max(most, running);
  }
  return most;
}
