import type { Color, Painted } from "../../../events/line.ts";
import { type DoctorFinding, doctorGroups } from "../../../kubeadm/doctor/check.ts";
import { type CheckResult, type CheckState, type DoctorReport, worstFinding } from "../../../kubeadm/doctor/report.ts";
import { defined } from "../../../values/defined.ts";
import { wrapProse } from "../../line/wrap.ts";

type Marks = Readonly<Record<CheckState, string>>;

const unicodeMarks: Marks = { ok: "✓", warning: "!", error: "✗", skipped: "-" };
const asciiMarks: Marks = { ok: "+", warning: "!", error: "x", skipped: "-" };

const markColors: Readonly<Partial<Record<CheckState, Color>>> = { ok: "green", warning: "yellow", error: "red" };

type ReportLine = readonly Painted[];

/** Marks that the locale can show, whether stdout is a terminal or not. */
export function marksOf({ LC_ALL, LC_CTYPE, LANG }: Readonly<Record<string, string | undefined>>): Marks {
  return /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || "") ? unicodeMarks : asciiMarks;
}

interface ReportStyle {
  readonly marks: Marks;
  /** Whether --fix would do something about what it can fix. */
  readonly offersFix: boolean;
}

/** Returns the lines of `reportLines` as text. */
export function reportText(report: DoctorReport, style: ReportStyle): string {
  return reportLines(report, style)
    .map((parts) => `${parts.map(({ text }) => text).join("")}\n`)
    .join("");
}

/** Returns the report as people read it: what was checked, then the findings, then one line to remember. */
export function reportLines(report: DoctorReport, { marks, offersFix }: ReportStyle): readonly ReportLine[] {
  return [
    ...plain([heading(report), ""]),
    ...doctorGroups.flatMap((group) => groupLines(group, report.checks, marks)),
    ...report.findings.flatMap((result) => findingLines(result, marks)),
    ...plain([...limitLines(report), ...summaryLines(report), ...(offersFix ? fixLines(report) : [])]),
  ];
}

function plain(lines: readonly string[]): readonly ReportLine[] {
  return lines.map((text) => [{ text }]);
}

function mark(state: CheckState, marks: Marks): Painted {
  return { ...defined({ color: markColors[state] }), text: marks[state] };
}

function heading({ nodeName, role, server }: DoctorReport): string {
  if (role === "none") return `${nodeName} has not joined a cluster`;
  const where = server === undefined ? "" : ` of the cluster at ${server}`;
  return `${nodeName}, ${role === "worker" ? "a worker" : "a control plane"}${where}`;
}

function groupLines(group: string, checks: readonly CheckResult[], marks: Marks): readonly ReportLine[] {
  const ofGroup = checks.filter((check) => check.group === group);
  if (ofGroup.length === 0) return [];
  const shown = oneForAll(ofGroup) ?? ofGroup;
  return [...plain([group]), ...shown.flatMap((check) => checkLines(check, marks)), ...plain([""])];
}

/** A group whose checks were all skipped for the same reason is one line: twenty would hide the others. */
function oneForAll(checks: readonly CheckResult[]): readonly CheckResult[] | undefined {
  const [first] = checks;
  if (first === undefined || checks.length < 3) return undefined;
  if (checks.some(({ state, note }) => state !== "skipped" || note !== first.note)) return undefined;
  return [{ ...first, name: `all ${checks.length} checks` }];
}

const nameWidth = 26;

function checkLines(check: CheckResult, marks: Marks): readonly ReportLine[] {
  const { name, state } = check;
  const [first = "", ...more] = wrapProse(checkText(check), lineWidth - nameWidth - 5);
  return [
    [{ text: "  " }, mark(state, marks), { text: ` ${name.padEnd(nameWidth)} ${first}` }],
    ...plain(more.map((line) => " ".repeat(nameWidth + 5) + line)),
  ];
}

/** What is to be said of a check in one sentence. Its title is true only if nothing was found. */
function checkText({ title, state, note, findings }: CheckResult): string {
  const worst = worstFinding(findings);
  if (worst === undefined) return state === "skipped" ? `skipped: ${note}` : (note ?? title);
  const more = findings.length - 1;
  return more === 0 ? worst.finding : `${worst.finding} (and ${more} more)`;
}

const lineWidth = 79;

function findingLines({ name, state, causes, findings }: CheckResult, marks: Marks): readonly ReportLine[] {
  const because = causes.length === 0 ? "" : ` (because of ${causes.join(", ")})`;
  // What to do about a consequence is to do something about its cause.
  const shown = causes.length === 0 ? findings : findings.map(({ remedy, commands, decision, ...finding }) => finding);
  return [[mark(state, marks), { text: ` ${name}${because}` }], ...plain([...shown.flatMap(oneFinding), ""])];
}

function oneFinding({ finding, evidence = [], remedy, commands = [], decision }: DoctorFinding): readonly string[] {
  return [
    ...indented(finding, "  "),
    // As it is, so that it can be searched for.
    ...evidence.map((line) => `    | ${line}`),
    ...(remedy === undefined ? [] : indented(`Remedy: ${remedy}`, "  ")),
    ...commands.map((command) => `    $ ${command}`),
    ...(decision === undefined ? [] : indented(`Your decision: ${decision}`, "  ")),
  ];
}

function indented(text: string, indent: string): readonly string[] {
  return wrapProse(text, lineWidth - indent.length).map((line) => indent + line);
}

/** What was not read is not known to be in order. */
function limitLines({ limits }: DoctorReport): readonly string[] {
  if (limits.length === 0) return [];
  return [
    "To finish within seconds, doctor did not read everything:",
    ...limits.flatMap((each) => indented(each, "  ")),
    "",
  ];
}

function summaryLines({ checks, findings, firstCause, needsRoot, role }: DoctorReport): readonly string[] {
  const first = findings.find(({ name }) => name === firstCause);
  const count = (state: CheckState, one: string, many = one) => {
    const { length } = checks.filter((check) => check.state === state);
    return `${length} ${length === 1 ? one : many}`;
  };
  const counts = [
    count("error", "error", "errors"),
    count("warning", "warning", "warnings"),
    count("ok", "passed"),
    count("skipped", "skipped"),
  ].join(", ");
  const unseen = needsRoot ? ["Run it with sudo to include the checks that need root."] : [];
  if (first === undefined) {
    const fine = role === "none" ? "This machine is ready to join" : "No problems found";
    return [...unseen, `${fine}: ${counts}.`];
  }
  const what = `${first.state === "error" ? "First cause" : "First warning"}: ${first.name}`;
  const finding = worstFinding(first.findings)?.finding ?? "";
  return [...unseen, ...wrapProse(`${what}: ${finding}`, lineWidth), `${counts}.`];
}

/** What to run next, if anything can be fixed without a person's decision. */
function fixLines({ findings }: DoctorReport): readonly string[] {
  const fixable = findings
    .filter(({ causes, findings: own }) => causes.length === 0 && own.some(({ fix }) => fix !== undefined))
    .map(({ name }) => name);
  if (fixable.length === 0) return [];
  return wrapProse(`\`kubeadm doctor --fix\` can fix ${fixable.join(", ")}.`, lineWidth);
}
