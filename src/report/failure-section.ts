import { isRecord } from "../values/json.ts";
import { durationText } from "./durations.ts";
import { type Html, html, preformatted, prose } from "./html.ts";
import { type PlainEvent, recordOf, recordsOf, textOf, textsOf } from "./plain-event.ts";
import { adviceLines, type CheckRow, type RequestRow, type RunSummary } from "./run-facts.ts";
import type { Section } from "./section.ts";
import type { TimedEvent } from "./timed-events.ts";
import type { TimelineStep } from "./timeline.ts";

export interface FailureFacts {
  readonly summary: RunSummary;
  readonly events: readonly TimedEvent[];
  readonly steps: readonly TimelineStep[];
  readonly checks: readonly CheckRow[];
  readonly requests: readonly RequestRow[];
}

/** Why the run failed, what shows it, and what to do; nothing if it did not fail. */
export function failureSection(facts: FailureFacts): Section | undefined {
  const { failure, outcome } = facts.summary;
  if (failure === undefined) return outcome === "unfinished" ? unfinishedSection(facts) : undefined;
  const [first = "", ...more] = textOf(failure, "message").split("\n");
  const causes = textsOf(failure, "causes");
  const evidence = evidenceOf(facts, failure);
  const { commands = [], decision = "" } = facts.checks.find(({ message }) => message === first) ?? {};
  const content = html`
<p><strong>${first}</strong>${more.map((line) => html`<br>${line}`)}</p>
${
  causes.length > 0 && html`<h3>Cause</h3><ul>${causes.map((cause) => html`<li>${cause}</li>`)}</ul>`
}${evidence.length > 0 && html`<h3>Evidence</h3>${evidence}`}
<h3>Remedy</h3><p>${prose(textOf(failure, "remedy"))}</p>${commands.length > 0 && preformatted(commands)}${
    decision !== "" && html`<h3>Your decision</h3><p>${prose(decision)}</p>`
  }
<p class="muted">Code: <code>${textOf(failure, "code")}</code></p>`;
  return { ...named, heading: headingOf(facts.summary), content };
}

function headingOf({ outcome, examination }: RunSummary): string {
  if (outcome === "interrupted") return "The run was interrupted";
  return examination === undefined ? "Why it failed" : "First cause";
}

const named = { id: "failure", className: "failure" };

function unfinishedSection({ steps }: FailureFacts): Section {
  const last = steps.findLast(({ outcome }) => outcome === "unfinished");
  const where = last === undefined ? "" : ` The last phase was ${last.name}.`;
  const content = html`
<p>The program was killed, still runs, or its last lines are missing.${where}</p>`;
  return { ...named, heading: "The events end before the run ends", content };
}

function evidenceOf(facts: FailureFacts, failure: PlainEvent): readonly Html[] {
  return [
    ...findings(facts.checks, failure),
    ...lastWaits(facts.steps),
    ...failedRequests(facts),
    ...detailsOf(recordOf(failure, "details")),
    ...lines("Output about the failure", adviceLines(facts.events)),
  ];
}

/** The table of checks has all of them. */
const mostFindings = 50;

function findings(checks: readonly CheckRow[], failure: PlainEvent): readonly Html[] {
  const failed = checks.filter(({ result }) => result === "failed").slice(0, mostFindings);
  if (failed.length === 0) return [];
  // What the failure itself says stands above and below.
  const said = new Set([textOf(failure, "message"), textOf(failure, "remedy")]);
  return [
    html`<ul>${failed.map(
      ({ check, message, evidence, remedy }) =>
        html`<li><strong>${check}</strong>${!said.has(message) && `: ${message}`}${evidence.length > 0 && preformatted(evidence)}${
          remedy !== "" && !said.has(remedy) && html`<div>${prose(remedy)}</div>`
        }</li>`,
    )}</ul>`,
  ];
}

/** What the phase that failed waited for when it did. */
function lastWaits(steps: readonly TimelineStep[]): readonly Html[] {
  const step = steps.findLast(({ outcome }) => outcome === "failed" || outcome === "unfinished");
  const wait = step?.waits.at(-1);
  if (step === undefined || wait === undefined) return [];
  const took = durationText(wait.endMs - wait.startMs);
  return [html`<p>Phase <code>${step.name}</code> waited ${took} for ${wait.what}: ${wait.reasons.at(-1)}</p>`];
}

const mostRequests = 5;

/** The last requests that failed. A 404 or 409 is often what the program expects. */
function failedRequests({ requests }: FailureFacts): readonly Html[] {
  const failed = requests.filter(({ status }) => status === 0 || (status >= 400 && status !== 404 && status !== 409));
  if (failed.length === 0) return [];
  const items = failed
    .slice(-mostRequests)
    .map(
      ({ method, url, status, reason }) =>
        html`<li><code>${method} ${url}</code>: ${status === 0 ? reason : status}</li>`,
    );
  const heading = failed.length === 1 ? "1 request failed" : `${failed.length} requests failed, at last`;
  return [html`<p>${heading}:</p><ul>${items}</ul>`];
}

/** No error has as many. */
const mostDetails = 50;

function detailsOf(details: PlainEvent): readonly Html[] {
  const facts: Html[] = [];
  const longer: Html[] = [];
  for (const [name, value] of Object.entries(details).slice(0, mostDetails)) {
    if (name === "findings" && recordsOf(details, name).length > 0) continue;
    if (Array.isArray(value) && value.length > 1 && value.every((item) => typeof item === "string")) {
      longer.push(...lines(name, value));
    } else if (value !== null && value !== "" && !(Array.isArray(value) && value.length === 0)) {
      facts.push(html`<dt>${name}</dt><dd>${valueText(value)}</dd>`);
    }
  }
  return [...(facts.length === 0 ? [] : [html`<dl class="facts">${facts}</dl>`]), ...longer];
}

function valueText(value: unknown): string {
  if (typeof value === "string") return value;
  return Array.isArray(value) && value.length === 1 && !isRecord(value[0]) ? String(value[0]) : JSON.stringify(value);
}

/** Lines of a log: its end counts. */
const mostLines = 40;

function lines(heading: string, all: readonly string[]): readonly Html[] {
  const shown = all.slice(-mostLines);
  if (shown.every((line) => line.trim() === "")) return [];
  const earlier = all.length - shown.length;
  return [
    html`<p class="muted">${heading}:</p>${preformatted([
      ...(earlier > 0 ? [`(${earlier} earlier lines)`] : []),
      ...shown,
    ])}`,
  ];
}
