/** One line of a walk with what is expected of it. README.md tells the format. */
export type WalkStep = WalkCommand | WalkDeed;

/** What is typed on a machine. */
export interface WalkCommand {
  readonly kind: "command";
  /** Counted from 1. */
  readonly line: number;
  readonly machine: string;
  /** With $NAMEs in it. */
  readonly text: string;
  /** It continues while the next lines are walked. */
  readonly inBackground: boolean;
  readonly expectations: Expectations;
}

/** What happens in addition to the typing, in words: "w1 leaves". */
export interface WalkDeed {
  readonly kind: "deed";
  readonly line: number;
  readonly text: string;
  readonly expectations: Expectations;
}

export interface Expectations {
  readonly status: number;
  /** Each is a whole line of the output; `<any>` is anything within it. */
  readonly lines: readonly string[];
  /** No line of the output is one of these. */
  readonly missing: readonly string[];
  /** Name -> regular expression with one group, of the first line that has it. */
  readonly captures: ReadonlyMap<string, string>;
}

export interface WalkSection {
  readonly title: string;
  readonly steps: readonly WalkStep[];
}

interface OpenExpectations {
  status: number;
  readonly lines: string[];
  readonly missing: string[];
  readonly captures: Map<string, string>;
}

const commandForm = /^(\S+)([$&]) (.*)$/;
const captureForm = /^([A-Z][A-Z0-9]*) = (.*)$/;

/** Reads a walk into its sections; what comes before the first one is a preface. */
export function parseWalk(text: string): readonly WalkSection[] {
  const sections: { title: string; steps: WalkStep[] }[] = [];
  let open: OpenExpectations | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    const place = index + 1;
    if (line.startsWith("## ")) sections.push({ title: line.slice(3), steps: [] });
    else if (line === "" || line.startsWith("#")) continue;
    else if (line.startsWith("  ")) expectInto(open, line.slice(2), place);
    else {
      open = { status: 0, lines: [], missing: [], captures: new Map() };
      const section = sections.at(-1);
      if (section === undefined) throw new Error(`line ${place}: a step before the first section`);
      section.steps.push(stepOf(line, place, open));
    }
  }
  return sections;
}

function stepOf(line: string, place: number, expectations: Expectations): WalkStep {
  const [, machine, sign, text] = commandForm.exec(line) ?? [];
  if (machine === undefined || text === undefined) return { kind: "deed", line: place, text: line, expectations };
  return { kind: "command", line: place, machine, text, inBackground: sign === "&", expectations };
}

function expectInto(open: OpenExpectations | undefined, text: string, place: number): void {
  if (open === undefined) throw new Error(`line ${place}: an expectation before the first step`);
  const [, name, pattern] = captureForm.exec(text) ?? [];
  if (text.startsWith("> ")) open.lines.push(text.slice(2));
  else if (text.startsWith("! ")) open.missing.push(text.slice(2));
  else if (text.startsWith("= ")) open.status = Number(text.slice(2));
  else if (name !== undefined && pattern !== undefined) open.captures.set(name, pattern);
  else throw new Error(`line ${place}: no expectation: ${text}`);
}

/** The text with each $NAME that is known put in its place; others stay, as a shell may know them. */
export function substituted(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(/\$([A-Z][A-Z0-9]*)/g, (whole, name: string) => values.get(name) ?? whole);
}

/** The whole of a line, with `<any>` for anything in it and blanks at its ends left out of account. */
export function linePattern(expected: string): RegExp {
  const parts = expected.split("<any>").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^\\s*${parts.join(".*")}\\s*$`, "m");
}
