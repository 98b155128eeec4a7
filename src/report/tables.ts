import { counted } from "../values/counted.ts";
import { durationText, minuteText, offsetText } from "./durations.ts";
import { type Html, html, preformatted, prose } from "./html.ts";
import type { CertificateValidity, CheckRow, FileChange, RequestRow } from "./run-facts.ts";

/** Rows that a table shows at most. */
const mostRows = 2_000;
/** Items that a list shows at most. */
const mostItems = 500;

interface Table<Row> {
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  readonly cells: (row: Row) => Html;
  /** On a narrow screen, the third cell of a row is below the first two. */
  readonly isStacked?: boolean;
}

export function tableOf<Row>({ caption, columns, rows, cells, isStacked = false }: Table<Row>): Html {
  const cut = rows.length - mostRows;
  return html`<table${isStacked && html` class="stacked"`}><caption>${caption}${cut > 0 && ` The first ${mostRows} are shown.`}</caption>
<thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>${rows.slice(0, mostRows).map((row) => html`\n<tr>${cells(row)}</tr>`)}</tbody></table>`;
}

/** A list of the first items. */
export function listOf<Item>(items: readonly Item[], item: (each: Item) => Html): Html {
  const cut = items.length - mostItems;
  return html`<ul>${items.slice(0, mostItems).map(item)}${cut > 0 && html`<li class="muted">${cut} more</li>`}</ul>`;
}

const results: Readonly<Record<CheckRow["result"], { readonly word: string; readonly className: string }>> = {
  failed: { word: "✗\u00a0failed", className: "bad" },
  warning: { word: "!\u00a0warning", className: "warning" },
  ignored: { word: "!\u00a0failed, ignored", className: "warning" },
  skipped: { word: "–\u00a0skipped", className: "muted" },
  passed: { word: "✓\u00a0passed", className: "good" },
};

/** The checks that found something as a table, the others as a list of their names. */
export function checkTable(rows: readonly CheckRow[]): Html | false {
  const passed = rows.filter(({ result }) => result === "passed");
  const others = rows.filter(({ result }) => result !== "passed");
  return (
    rows.length > 0 &&
    html`${
      others.length > 0 &&
      tableOf({
        caption: `${counted(others.length, "check", "checks")} with findings, or skipped.`,
        columns: ["Check", "Result", "Finding"],
        rows: others,
        isStacked: true,
        cells: (
          row,
        ) => html`<th scope="row" class="mono">${row.check}${row.group !== "" && html`<br><span class="muted">${row.group}</span>`}</th>
<td class="short"><span class="${results[row.result].className}">${results[row.result].word}</span></td><td>${findingOf(row)}</td>`,
      })
    }${
      passed.length > 0 &&
      html`<h3>${counted(passed.length, "check", "checks")} passed</h3>
<ul class="columns">${passed
        .slice(0, mostItems)
        .map(
          ({ check, message }) =>
            html`<li><span class="good" aria-hidden="true">✓</span> <span class="mono">${check}</span>${message !== "" && `: ${message}`}</li>`,
        )}</ul>`
    }`
  );
}

function findingOf({ message, evidence, remedy, commands, decision }: CheckRow): Html {
  return html`${message}${evidence.length > 0 && preformatted(evidence)}${
    remedy !== "" && html`<div>Remedy: ${prose(remedy)}</div>`
  }${commands.map((command) => html`<div><code>${command}</code></div>`)}${
    decision !== "" && html`<div>Your decision: ${prose(decision)}</div>`
  }`;
}

const changes: Readonly<Record<FileChange["change"], string>> = {
  new: "new",
  changed: "changed",
  removed: "removed",
  temporary: "new, then removed",
};

export function fileTable(files: readonly FileChange[], isDryRun: boolean): Html | false {
  const wouldBe = isDryRun ? "This was a dry run: files of the cluster were not changed. " : "";
  return (
    files.length > 0 &&
    tableOf({
      caption: `${wouldBe}${counted(files.length, "path", "paths")}, in the order of the changes.`,
      columns: ["Path", "Mode", "Change"],
      rows: files,
      cells: ({ path, kind, mode, change }) =>
        html`<th scope="row" class="mono">${path}${kind === "directory" && "/"}</th><td class="number mono">${
          kind === "symlink" ? "symlink" : mode === undefined ? "" : modeText(mode)
        }</td><td class="short">${changes[change]}</td>`,
    })
  );
}

/** "0600", as chmod takes it. */
function modeText(mode: number): string {
  return Math.trunc(mode % 0o10000)
    .toString(8)
    .padStart(4, "0");
}

export function requestTable(rows: readonly RequestRow[]): Html | false {
  const servers = new Map<string, RequestRow[]>();
  for (const row of rows.slice(0, mostRows)) {
    const server = splitUrl(row.url).server;
    servers.set(server, [...(servers.get(server) ?? []), row]);
  }
  const cut = rows.length > mostRows && ` The first ${mostRows} are shown.`;
  return (
    rows.length > 0 &&
    html`<table><caption>${counted(rows.length, "request", "requests")} to API servers, by the time at which they were sent.${cut}</caption>
<thead><tr><th scope="col">Sent</th><th scope="col">Request</th><th scope="col">Response</th><th scope="col">Time</th></tr></thead>${[
      ...servers,
    ].map(
      ([server, ofServer]) => html`
<tbody><tr><th scope="rowgroup" colspan="4" class="server mono">${server}</th></tr>${ofServer.map(requestRow)}</tbody>`,
    )}</table>`
  );
}

function requestRow({ atMs, method, url, status, reason, durationMs }: RequestRow): Html {
  const answer =
    status === 0
      ? html`<span class="bad">none: ${reason}</span>`
      : html`<span class="${status >= 500 ? "bad" : status >= 400 ? "warning" : "good"}">${status}</span>`;
  return html`
<tr><td class="number">${offsetText(atMs)}</td><td class="mono">${method} ${splitUrl(url).path}</td><td>${answer}</td><td class="number">${
    durationMs !== undefined && durationText(durationMs)
  }</td></tr>`;
}

function splitUrl(url: string): { readonly server: string; readonly path: string } {
  const end = /^[a-z]+:\/\/[^/?#]*/.exec(url)?.[0].length ?? 0;
  return { server: url.slice(0, end), path: url.slice(end) };
}

const origins: Readonly<Record<string, string>> = {
  made: "new, signed on this machine",
  issued: "new, from the cluster",
  kept: "was there before",
};

export function certificateTable(rows: readonly CertificateValidity[], now: string): Html | false {
  return (
    rows.length > 0 &&
    tableOf({
      caption: `${counted(rows.length, "certificate", "certificates")}. Of a kubeconfig, it is the client certificate in it. Times are UTC.`,
      columns: ["File and subject", "Valid from", "Valid until", "Origin"],
      rows,
      cells: ({ path, subject, notBefore, notAfter, origin }) =>
        html`<th scope="row" class="mono">${path}<br><span class="muted">${subject}</span></th><td>${minuteText(notBefore)}</td><td>${minuteText(notAfter)}<br>${remaining(
          notBefore,
          notAfter,
          now,
        )}</td><td>${Object.hasOwn(origins, origin) ? origins[origin] : origin}</td>`,
    })
  );
}

const dayMs = 86_400_000;

/** What is left of the validity at the time of the run. */
function remaining(notBefore: string, notAfter: string, now: string): Html | false {
  const [from, until, at] = [Date.parse(notBefore), Date.parse(notAfter), Date.parse(now)];
  if (Number.isNaN(until) || Number.isNaN(at)) return false;
  if (until < at) return html`<span class="bad">expired</span>`;
  if (from > at) return html`<span class="bad">not valid yet</span>`;
  const days = Math.floor((until - at) / dayMs);
  return html`<span class="${days < 30 ? "warning" : "muted"}">${counted(days, "day", "days")}</span>`;
}
