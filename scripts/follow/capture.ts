// What is recorded of one version of upstream's kubeadm, by area: name → text.
import { CommandFailed } from "../../lab/run-command.ts";
import type { Area } from "./areas.ts";

export type Facts = Readonly<Record<string, string>>;

/** What could not be captured, and which areas are therefore not compared, or not wholly. */
export interface Gap {
  readonly part: string;
  readonly reason: string;
  readonly areas: readonly Area[];
}

export interface Capture {
  readonly release: string;
  /** Areas that are missing could not be captured. */
  readonly areas: Readonly<Partial<Record<Area, Facts>>>;
  readonly gaps: readonly Gap[];
}

/** Returns one capture of the parts of a version. */
export function joinCaptures(release: string, parts: readonly Omit<Capture, "release">[]): Capture {
  const areas: Partial<Record<Area, Facts>> = {};
  for (const area of parts.flatMap((part) => Object.keys(part.areas) as Area[]))
    areas[area] = Object.assign({}, ...parts.map((part) => part.areas[area] ?? {}));
  return { release, areas, gaps: parts.flatMap(({ gaps }) => gaps) };
}

/**
 * Returns the text with versions of Kubernetes as seen from a release, so that what only follows from the number is no
 * change: `<release>`, and `<minor=1.37>.0` or `<minor+1=1.38>`, which keeps what it was.
 */
export function relativeVersions(text: string, release: string): string {
  const own = Number(release.split(".")[1]);
  return text
    .replaceAll(release, "<release>")
    .replaceAll(`Minor:"${own}"`, 'Minor:"<minor>"')
    .replaceAll(/\b(v?)(1\.(\d\d))(?!\d)(?=\.\d|\b)/g, (whole, sign: string, version: string, minor: string) => {
      const distance = Number(minor) - own;
      if (Math.abs(distance) > 4) return whole;
      return `${sign}<minor${distance === 0 ? "" : `${distance > 0 ? "+" : ""}${distance}`}=${version}>`;
    });
}

const marked = /<(minor[+-]?\d*)=([\d.]+)>/g;

/** As seen from the release: `<minor-1>`. */
export function seenFromRelease(text: string): string {
  return text.replaceAll(marked, "<$1>");
}

/** Whether texts are the same as seen from their releases, or as they are: a version may also be named permanently. */
export function isSame(before: string | undefined, after: string | undefined): boolean {
  if (before === after) return true;
  if (before === undefined || after === undefined) return false;
  return seenFromRelease(before) === seenFromRelease(after) || asItIs(before) === asItIs(after);
}

export function asItIs(text: string): string {
  return text.replaceAll(marked, "$2");
}

/** Why something failed: of a command, the last line that begins one, without the file that it is about. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const said = error instanceof CommandFailed ? error.result.stderr.trim() : "";
  const lines = (said === "" ? error.message.trim() : said).split("\n");
  return (lines.findLast((line) => !/^\s/.test(line)) ?? "").replace(/^\/\S+: /, "");
}
