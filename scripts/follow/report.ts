import { type Area, areaNames, areas } from "./areas.ts";
import type { Capture, Gap } from "./capture.ts";
import { areasNotCompared, type Change } from "./compare.ts";
import { type Concern, concernOf } from "./concerns.ts";
import { changeLines, shortened } from "./report-lines.ts";

/** Returns the lines of the report: the changes by area and by the files that they concern, gaps, and what is to be decided. */
export function report(before: Capture, after: Capture, changes: readonly Change[]): readonly string[] {
  return [
    `Kubernetes ${before.release} → ${after.release}: ${changes.length} changes`,
    ...areaNames.flatMap((area) => areaLines(area, changes)),
    ...gapLines(before, after),
    ...decisionLines(changes),
  ];
}

function areaLines(area: Area, all: readonly Change[]): readonly string[] {
  const changes = all.filter((change) => change.area === area);
  if (changes.length === 0) return [];
  const groups = Map.groupBy(changes, (change) => headOf(concernOf(change)));
  return [
    "",
    `${areas[area]}: ${changes.length}`,
    ...[...groups].flatMap(([head, group]) => [`  ${head}`, ...changeLines(group).map((line) => `    ${line}`)]),
  ];
}

function headOf({ kind, files }: Concern): string {
  return files.length === 0 ? `${kind}: no file of ours is known` : `${kind}: ${files.join(", ")}`;
}

function gapLines(before: Capture, after: Capture): readonly string[] {
  const gaps = [before, after].flatMap((capture) => capture.gaps.map((gap) => ({ ...gap, release: capture.release })));
  const missing = areasNotCompared(before, after);
  if (gaps.length === 0 && missing.length === 0) return ["", "Everything was captured."];
  return [
    "",
    "Not captured, and therefore not proven:",
    ...gaps.map(({ release, ...gap }) => `  ${release}: ${gapText(gap)}`),
    ...missing.map((area) => `  not compared: ${areas[area]}`),
  ];
}

function gapText({ part, reason, areas: concerned }: Gap): string {
  return `${part}: ${shortened(reason)} (${concerned.map((area) => areas[area]).join(", ")})`;
}

function decisionLines(changes: readonly Change[]): readonly string[] {
  const questions = Map.groupBy(
    changes.flatMap((change) => {
      const { decide } = concernOf(change);
      return decide === undefined ? [] : [{ decide, name: `${areas[change.area]}: ${change.name}` }];
    }),
    ({ decide }) => decide,
  );
  if (questions.size === 0) return [];
  return [
    "",
    "To be decided:",
    ...[...questions].flatMap(([question, causes]) => [
      `  ${question}`,
      ...causes.slice(0, 5).map(({ name }) => `    ${shortened(name)}`),
      ...(causes.length > 5 ? [`    and ${causes.length - 5} more`] : []),
    ]),
  ];
}
