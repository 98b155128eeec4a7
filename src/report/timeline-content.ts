import { counted } from "../values/counted.ts";
import { durationText, offsetText } from "./durations.ts";
import { type Html, html } from "./html.ts";
import { type Activity, lanesOf, mostAtOnce, type TimelineStep, type Wait } from "./timeline.ts";

/** No command has as many phases. */
const mostSteps = 300;
/** Bars of one phase that are drawn, and waits that are listed. */
const mostBars = 1_000;
const mostWaits = 50;
const mostLanes = 8;
const laneHeight = 6;
const phaseHeight = 8;

/** The phases of the run with bars of when they ran, one axis for all. */
export function timelineContent(steps: readonly TimelineStep[], totalMs: number): Html {
  return html`
<p class="muted">Gray or red: the phase. Above it in blue: requests; green: checks; yellow: waits, image pulls, programs. Bars in several rows ran in parallel.</p>
<div class="step muted" aria-hidden="true"><span></span><span class="axis"><span>0 s</span><span>${durationText(totalMs)}</span></span><span></span></div>
<ol class="steps">${steps.slice(0, mostSteps).map((step) => stepItem(step, totalMs))}</ol>${
    steps.length > mostSteps && html`<p class="muted">The first ${mostSteps} of ${steps.length} phases are shown.</p>`
  }`;
}

const outcomes = {
  done: { mark: "✓", word: "done", className: "good" },
  failed: { mark: "✗", word: "failed", className: "bad" },
  skipped: { mark: "–", word: "skipped", className: "muted" },
  unfinished: { mark: "…", word: "not finished", className: "warning" },
} as const;

function stepItem(step: TimelineStep, totalMs: number): Html {
  const { mark, word, className } = outcomes[step.outcome];
  const isInner = step.name.includes("/");
  const title = step.name === "" ? "outside of the phases" : step.name;
  const took = step.outcome === "skipped" || step.name === "" ? "" : durationText(step.endMs - step.startMs);
  const outcome =
    step.name !== "" && html`<span class="${className}"><span aria-hidden="true">${mark}</span> ${word}</span>`;
  return html`
<li${isInner && html` class="inner"`}><div class="step"><span><strong class="mono">${title}</strong> ${outcome}</span>${
    step.outcome === "skipped" ? html`<span class="muted">${step.note}</span>` : bars(step, totalMs)
  }<span>${took}</span></div>${notes(step)}</li>`;
}

function bars(step: TimelineStep, totalMs: number): Html {
  const lanes = lanesOf([...step.waits, ...step.activities].slice(0, mostBars), mostLanes);
  const phaseTop = lanes.length * laneHeight;
  const phase = bar(step, { totalMs, top: phaseTop, height: phaseHeight });
  const className = step.outcome === "failed" ? "failed" : "phase";
  return html`<svg aria-hidden="true" height="${phaseTop + phaseHeight}">${lanes.map((lane, index) =>
    lane.map(
      (activity) =>
        html`<rect class="${activity.kind}" ${bar(activity, { totalMs, top: index * laneHeight + 1, height: laneHeight - 2 })}/>`,
    ),
  )}${step.name !== "" && html`<rect class="${className}" ${phase}/>`}</svg>`;
}

/** Percent of the whole width that a bar has at least, so that it can be seen. */
const narrowest = 0.3;

function bar(
  { startMs, endMs }: Pick<Activity, "startMs" | "endMs">,
  { totalMs, top, height }: { readonly totalMs: number; readonly top: number; readonly height: number },
): Html {
  const percent = (ms: number) => (totalMs <= 0 ? 0 : Math.min(100, Math.max(0, (ms / totalMs) * 100)));
  const width = Math.max(narrowest, percent(endMs) - percent(startMs));
  const left = Math.min(percent(startMs), 100 - width);
  return html`x="${left.toFixed(2)}%" width="${width.toFixed(2)}%" y="${top}" height="${height}"`;
}

function notes(step: TimelineStep): Html | false {
  const items = [
    ...(step.summary === "" ? [] : [html`<li>${step.summary}</li>`]),
    ...(step.outcome === "failed" ? [html`<li class="bad">${step.note}</li>`] : []),
    ...activityNote(step),
    ...step.waits.slice(0, mostWaits).map(waitItem),
    ...(step.waits.length > mostWaits ? [html`<li>${step.waits.length - mostWaits} more waits</li>`] : []),
  ];
  return items.length > 0 && html`<ul class="more">${items}</ul>`;
}

function activityNote({ activities }: TimelineStep): readonly Html[] {
  const count = (kind: Activity["kind"], one: string, many: string) => {
    const { length } = activities.filter((activity) => activity.kind === kind);
    return length === 0 ? [] : [counted(length, one, many)];
  };
  const parts = [
    ...count("request", "request", "requests"),
    ...count("check", "check", "checks"),
    ...count("program", "program", "programs"),
  ];
  const atOnce = mostAtOnce(activities);
  if (parts.length === 0) return [];
  return [html`<li>${parts.join(", ")}${atOnce > 1 && `, up to ${atOnce} in parallel`}</li>`];
}

const mostReasons = 5;

function waitItem({ what, reasons, startMs, endMs, deadlineMs, isOpen }: Wait): Html {
  const limit = deadlineMs === undefined ? "" : ` of at most ${durationText(deadlineMs)}`;
  const shown = reasons.slice(-mostReasons);
  const earlier = reasons.length - shown.length;
  return html`<li><span class="warning">Waited</span> for ${what}: ${durationText(endMs - startMs)}${limit}, from ${offsetText(startMs)}${
    isOpen && ", until the end"
  }<ul>${earlier > 0 && html`<li class="muted">${earlier} earlier reasons</li>`}${shown.map((reason) => html`<li>${reason}</li>`)}</ul></li>`;
}
