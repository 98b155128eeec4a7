import { createHash } from "node:crypto";
import type { Event } from "../events/event.ts";
import { counted } from "../values/counted.ts";
import { durationText, offsetText, timeText } from "./durations.ts";
import { failureSection } from "./failure-section.ts";
import { Html, type HtmlValue, html } from "./html.ts";
import { type PlainEvent, plainEvents, textOf, textsOf } from "./plain-event.ts";
import {
  certificateValidities,
  checkRows,
  fileChanges,
  leftovers,
  objectChanges,
  otherChanges,
  type RunOutcome,
  type RunSummary,
  requestRows,
  summaryOf,
  warnings,
} from "./run-facts.ts";
import { type Section, sectionHtml, withContent } from "./section.ts";
import { style } from "./style.ts";
import { certificateTable, checkTable, fileTable, listOf, requestTable, tableOf } from "./tables.ts";
import { runsIn, type TimedEvent, timedEvents } from "./timed-events.ts";
import { timelineOf } from "./timeline.ts";
import { timelineContent } from "./timeline-content.ts";
import { upgradePlanSections } from "./upgrade-plan-sections.ts";

/** What allows the page's own style, and nothing else: no script, no request, no other style. */
const contentSecurityPolicy = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'; base-uri 'none'; form-action 'none'`;

/**
 * Returns a report of a run as one HTML page that loads nothing: what ran and when, checks, files, objects, requests,
 * certificates, and on failure cause, evidence and remedy. Depends on the events alone; of several runs, the last one is
 * shown. Texts of events are escaped and cut, and what looks like a secret is masked.
 *
 * `problems` are shown as notes, such as lines that could not be read.
 *
 * @example
 * const events: Event[] = [];
 * await joinCluster({ flags, onEvent: (event) => events.push(event) }).catch(() => undefined);
 * await writeFile("report.html", reportPage(events), { mode: 0o600 });
 */
export function reportPage(events: readonly Event[], problems: readonly string[] = []): string {
  const plain = plainEvents(events);
  const runs = runsIn(plain);
  const notes = runs > 1 ? [`The events are of ${runs} runs. This page shows the last one.`, ...problems] : problems;
  return pageOf(timedEvents(plain), notes).toString();
}

function pageOf(events: readonly TimedEvent[], notes: readonly string[]): Html {
  const summary = summaryOf(events);
  const endedAt = textOf(events.at(-1)?.event ?? {}, "time");
  const steps = timelineOf(events);
  const [checks, requests] = [checkRows(events), requestRows(events)];
  const files = fileChanges(events);
  const unread = textsOf(summary.examination ?? {}, "limits");
  const [objects, others] = [objectChanges(events), otherChanges(events)];
  const failure = failureSection({ summary, events, steps, checks, requests });
  const totalMs = Math.max(events.at(-1)?.atMs ?? 0, summary.durationMs ?? 0);
  const sections = withContent([
    { id: "warnings", heading: "Warnings", content: warningList(warnings(events)) },
    { id: "leftovers", heading: "Left on the machine", content: leftoverList(leftovers(events)) },
    ...upgradePlanSections(events),
    { id: "timeline", heading: "Timeline", content: steps.length > 0 && timelineContent(steps, totalMs) },
    { id: "checks", heading: "Checks", content: checkTable(checks) },
    { id: "limits", heading: "What was not read", content: unread.length > 0 && list(unread) },
    { id: "files", heading: "Files", content: fileTable(files, summary.isDryRun) },
    { id: "objects", heading: "Objects in the cluster", content: objects.length > 0 && list(objects) },
    { id: "changes", heading: "Services and programs", content: others.length > 0 && list(others) },
    { id: "requests", heading: "Requests", content: requestTable(requests) },
    {
      id: "certificates",
      heading: "Certificates",
      content: certificateTable(certificateValidities(events), endedAt),
    },
    { id: "events", heading: "All events", content: allEvents(events), className: "screen" },
  ]);
  const title = titleOf(summary);
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy}">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="referrer" content="no-referrer"><meta name="color-scheme" content="light dark">
<title>${title}</title><style>${styleSheet}</style></head>
<body><header><h1>${title}</h1>${facts(summary)}${notes.map((note) => html`<p class="note">${note}</p>`)}</header>
${contents(sections)}
<main>${failure !== undefined && sectionHtml(failure)}${sections.map((each) => html`\n${sectionHtml(each)}`)}</main>
<footer><p class="muted">A report of ${summary.version === "" ? "kubeadm" : summary.version}. It contains no secrets; it does contain names, addresses and paths of this cluster.</p></footer></body></html>
`;
}

/** Markup, and no text of anyone's. */
const styleSheet = Html.of([style], []);

const outcomeWords: Readonly<Record<RunOutcome, string>> = {
  succeeded: "succeeded",
  failed: "failed",
  interrupted: "interrupted",
  unfinished: "not finished",
};

function titleOf(summary: RunSummary): string {
  const { command, isDryRun } = summary;
  return `${command === "" ? "kubeadm" : command}${isDryRun ? " (dry run)" : ""}: ${resultOf(summary)}`;
}

/** An examination has not failed if it finds something. */
function resultOf({ outcome, examination }: RunSummary): string {
  return outcome === "failed" && examination !== undefined ? "errors found" : outcomeWords[outcome];
}

const roles: Readonly<Record<string, string>> = {
  worker: "worker",
  "control-plane": "control plane",
  none: "has not joined a cluster",
};

function facts(summary: RunSummary): Html {
  const { version, startedAt, durationMs, outcome, isDryRun, examination = {} } = summary;
  const [node, role, server] = [
    textOf(examination, "node"),
    textOf(examination, "role"),
    textOf(examination, "server"),
  ];
  const rows: readonly (readonly [string, HtmlValue])[] = [
    [
      "Result",
      html`<span class="${outcome === "succeeded" ? "good" : outcome === "failed" ? "bad" : "warning"}">${resultOf(summary)}</span>`,
    ],
    ["Node", node !== "" && node],
    ["Role", role !== "" && (Object.hasOwn(roles, role) ? roles[role] : role)],
    ["Cluster", server !== "" && server],
    ["Started", startedAt !== "" && timeText(startedAt)],
    ["Duration", durationMs !== undefined && durationText(durationMs)],
    ["Program", version !== "" && version],
    ["Dry run", isDryRun && "yes: neither the cluster nor this machine was changed"],
  ];
  const shown = rows.filter(([, value]) => value !== false);
  return html`<dl class="facts">${shown.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}

/** Links to the sections that there are. */
function contents(sections: readonly Section[]): Html | false {
  const links = sections.map(({ id, heading }) => html`<li><a href="#${id}">${heading}</a></li>`);
  return links.length > 1 && html`<nav aria-label="Sections"><ul>${links}</ul></nav>`;
}

function list(items: readonly string[]): Html {
  return listOf(items, (item) => html`<li>${item}</li>`);
}

function warningList(found: readonly PlainEvent[]): Html | false {
  if (found.length === 0) return false;
  const area = (event: PlainEvent) => (textOf(event, "area") === "" ? "" : `[${textOf(event, "area")}] `);
  return listOf(
    found,
    (event) => html`<li><span class="warning">Warning:</span> ${area(event)}${textOf(event, "message")}</li>`,
  );
}

function leftoverList(found: readonly PlainEvent[]): Html | false {
  if (found.length === 0) return false;
  return listOf(
    found,
    (each) => html`<li>${textOf(each, "what")}<br>To remove it: <code>${textOf(each, "command")}</code></li>`,
  );
}

/** Fields that have their own columns, or are the same in every event. */
const headFields: ReadonlySet<string> = new Set(["v", "time", "phase", "type"]);

function allEvents(events: readonly TimedEvent[]): Html | false {
  return (
    events.length > 0 &&
    html`<details><summary>${counted(events.length, "event", "events")}</summary>${tableOf({
      caption: "As `-o json` prints them.",
      columns: ["Time", "Phase", "Event", "Fields"],
      rows: events,
      cells: ({ atMs, event }) =>
        html`<td class="number">${offsetText(atMs)}</td><td class="mono">${textOf(event, "phase")}</td><td class="mono">${textOf(event, "type")}</td><td class="mono">${fieldsOf(event)}</td>`,
    })}</details>`
  );
}

function fieldsOf(event: PlainEvent): string {
  const fields = Object.entries(event).filter(([name]) => !headFields.has(name));
  return fields.length === 0 ? "" : JSON.stringify(Object.fromEntries(fields));
}
