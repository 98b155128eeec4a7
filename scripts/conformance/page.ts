import type { Figure, RunResult } from "../results/result.ts";
import type { ConformanceRun } from "./runs.ts";

/** The page of the results, one section for each run; a run without a result is listed as such. */
export function conformancePage(runs: readonly ConformanceRun[], results: ReadonlyMap<string, RunResult>): string {
  return `# Conformance

What the long runs of this repository found when they last ran. Every number is from a run's own result, a file in
\`docs/conformance/\`: \`npm run conformance\` collects the results that the runs left on this machine, and writes this page from
them. A run is repeated with its command; see [CONTRIBUTING.md](../CONTRIBUTING.md).

| run | last result | figures that miss their goal |
| --- | --- | --- |
${runs.map((run) => summaryRow(run, results.get(run.name))).join("\n")}

${runs.flatMap((run) => section(run, results.get(run.name))).join("\n")}`;
}

function summaryRow({ command, name }: ConformanceRun, result: RunResult | undefined): string {
  if (result === undefined) return row([`\`${command}\``, "no result yet", ""]);
  const missed = result.figures.filter(({ holds }) => holds === false).length;
  return row([`[\`${command}\`](#${anchorOf(name)})`, day(result), missed === 0 ? "none" : `${missed}`]);
}

function section({ name, shows }: ConformanceRun, result: RunResult | undefined): readonly string[] {
  if (result === undefined) return [];
  const { figures, skipped, seed, commit } = result;
  const facts = [
    `\`${result.command}\``,
    day(result),
    duration(result.durationSeconds),
    `version ${result.version}`,
    ...(commit === undefined ? [] : [`commit ${commit}`]),
    ...(seed === undefined ? [] : [`seed ${seed}`]),
  ];
  const hasGoals = figures.some(({ goal }) => goal !== undefined);
  const head = hasGoals ? ["", "value", "goal", ""] : ["", "value"];
  const rows = figures.map((figure) => row([figure.what, shownValue(figure), ...(hasGoals ? goalOf(figure) : [])]));
  return [
    `## ${anchorOf(name)}\n`,
    `${shows}\n`,
    `${facts.join(", ")}.\n`,
    row(head),
    row(head.map(() => "---")),
    ...rows,
    "",
    ...(skipped.length === 0
      ? []
      : ["Not run:\n", ...skipped.map(({ what, why }) => `- ${plain(what)}: ${plain(why)}`), ""]),
  ];
}

function shownValue({ value, unit }: Figure): string {
  const text = typeof value === "number" ? value.toLocaleString("en-US") : value;
  return unit === undefined ? text : `${text} ${unit}`;
}

function goalOf({ goal = "", holds }: Figure): readonly string[] {
  return [goal, holds === undefined ? "" : holds ? "met" : "missed"];
}

function duration(seconds: number): string {
  return seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

const day = ({ date }: RunResult) => date.slice(0, 10);

const anchorOf = (name: string) => name.replaceAll(".", "-");

const row = (cells: readonly string[]) => `| ${cells.map(plain).join(" | ")} |`;

/** What a program printed ends neither a cell nor a line. */
function plain(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll("|", "\\|").replaceAll("<", "&lt;");
}
