/** A guide in docs/guides, read as the script that it is. docs/guides/README.md and test/kubernetes/pages/README.md tell the form. */
export interface Page {
  readonly title: string;
  /** In the order of their addresses. Empty if the page has nothing to run. */
  readonly hosts: readonly string[];
  readonly families: "ipv4" | "dual";
  /** The version of Kubernetes that hosts have, if it is older than the one that the page installs. */
  readonly olderVersion?: string;
  readonly sections: readonly PageSection[];
}

export interface PageSection {
  readonly title: string;
  readonly steps: readonly PageStep[];
}

export type PageStep = ScriptStep | FileStep | CopyStep | EventStep | SkippedStep;

interface AnyStep {
  /** Counted from 1. */
  readonly line: number;
}

/** Shell commands, run on each of the hosts in turn. */
export interface ScriptStep extends AnyStep {
  readonly kind: "script";
  readonly hosts: readonly string[];
  readonly text: string;
  readonly expectations: ScriptExpectations;
}

export interface ScriptExpectations {
  /** The output has each of these texts in a line; `<name>` is what was captured as that. */
  readonly prints: readonly string[];
  readonly lacks: readonly string[];
  /** Name → regular expression with one group. */
  readonly captures: ReadonlyMap<string, string>;
  /** Whether the commands have to succeed. */
  readonly exit: "success" | "failure" | "any";
  /** Repeated for so many seconds until everything is as expected. */
  readonly retrySeconds: number;
}

/** A file that the page shows. */
export interface FileStep extends AnyStep {
  readonly kind: "file";
  readonly hosts: readonly string[];
  readonly path: string;
  readonly text: string;
}

/** Files that the page tells to copy. */
export interface CopyStep extends AnyStep {
  readonly kind: "copy";
  readonly from: string;
  readonly to: readonly string[];
  readonly paths: readonly string[];
}

/** What the page takes as given, or what happens between its commands: "cp3 dies". */
export interface EventStep extends AnyStep {
  readonly kind: "event";
  readonly text: string;
}

/** A block that the lab cannot run. */
export interface SkippedStep extends AnyStep {
  readonly kind: "skipped";
  readonly reason: string;
  readonly text: string;
}

/** The machine on which an administrator works. It is not a host of the lab. */
export const controller = "controller";

/** A mistake in a page, with its line. */
export class PageError extends Error {
  constructor(line: number, message: string) {
    super(`line ${line}: ${message}`);
    this.name = "PageError";
  }
}

interface Directive {
  readonly line: number;
  readonly text: string;
  readonly details: readonly string[];
}

interface Fence {
  readonly line: number;
  readonly text: string;
}

/**
 * Reads a page. Throws a PageError if it has a block without a comment that says where to run it, or a comment that says
 * nothing the lab understands.
 */
export function parsePage(text: string): Page {
  const title = /^# (.+)$/m.exec(text)?.[1];
  if (title === undefined) throw new PageError(1, "a page begins with a title");
  const sections: { title: string; steps: PageStep[] }[] = [{ title, steps: [] }];
  let hosts: HostsOfPage = { hosts: [], families: "ipv4" };
  let pending: Directive | undefined;
  const add = (step: PageStep) => sections.at(-1)?.steps.push(step);
  for (const part of partsOf(text)) {
    if (part.kind === "heading") sections.push({ title: part.text, steps: [] });
    else if (part.kind === "directive") {
      if (pending !== undefined) throw new PageError(pending.line, "no block follows");
      const { line, text: words } = part;
      const [, list] = /^hosts (.+)$/.exec(words) ?? [];
      if (list !== undefined) hosts = hostsOf(list, line);
      else if (eventOf(words) !== undefined) add({ kind: "event", line, text: words });
      else pending = part;
    } else {
      if (pending === undefined) throw new PageError(part.line, "nothing says where to run this block");
      if (pending.text === "output") expectOutput(sections, part);
      else add(stepOf(pending, part));
      pending = undefined;
    }
  }
  if (pending !== undefined) throw new PageError(pending.line, "no block follows");
  const page = { title, ...hosts, sections: sections.filter(({ steps }) => steps.length > 0) };
  checkNames(page);
  return page;
}

type Part = ({ readonly kind: "heading" | "fence" } & Fence) | ({ readonly kind: "directive" } & Directive);

function* partsOf(text: string): Generator<Part> {
  const lines = text.split("\n");
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    const number = index + 1;
    const [, heading] = /^##+ (.+)$/.exec(line) ?? [];
    const [, indent, fence] = /^( *)(`{3,})/.exec(line) ?? [];
    if (heading !== undefined) yield { kind: "heading", line: number, text: heading };
    else if (fence !== undefined) {
      const end = lines.findIndex((other, at) => at > index && other.trim() === fence);
      if (end === -1) throw new PageError(number, "the block has no end");
      const content = lines
        .slice(index + 1, end)
        .map((each) => each.slice(Math.min(indent?.length ?? 0, each.search(/\S|$/))));
      yield { kind: "fence", line: number, text: `${content.join("\n")}\n` };
      index = end;
    } else if (/^ *<!-- lab: /.test(line)) {
      const end = lines.findIndex((other, at) => at >= index && other.includes("-->"));
      if (end === -1) throw new PageError(number, "the comment has no end");
      const [first = "", ...details] = lines
        .slice(index, end + 1)
        .map((each) => each.replace("<!-- lab: ", "").replace("-->", "").trim())
        .filter((each) => each !== "");
      yield { kind: "directive", line: number, text: first, details };
      index = end;
    }
  }
}

type HostsOfPage = Pick<Page, "hosts" | "families" | "olderVersion">;

function hostsOf(list: string, line: number): HostsOfPage {
  const [names = "", ...settings] = list.split("; ");
  const olderVersion = settings.flatMap((setting) => /^from (\d+\.\d+\.\d+)$/.exec(setting)?.[1] ?? [])[0];
  const unknown = settings.find((setting) => setting !== "dual" && setting !== `from ${olderVersion}`);
  if (unknown !== undefined) throw new PageError(line, `the lab does not understand "${unknown}"`);
  return {
    hosts: names.split(" "),
    families: settings.includes("dual") ? "dual" : "ipv4",
    ...(olderVersion === undefined ? {} : { olderVersion }),
  };
}

/** What a comment of its own may say. */
export const eventSentences = {
  cluster: /^cluster ((?:\S+ ?)+)$/,
  upstreamCluster: /^upstream's cluster ((?:\S+ ?)+)$/,
  packages: /^packages (.+) on (\S+)$/,
  etcd: /^etcd on (\S+)$/,
  dies: /^(\S+) dies$/,
  isNew: /^(\S+) is new$/,
  isBare: /^(\S+) is bare$/,
  hasNoImages: /^(\S+) has no images$/,
} as const;

export type EventName = keyof typeof eventSentences;

/** Returns which event a comment tells of, and its names; undefined if it tells of none. */
export function eventOf(text: string): readonly [EventName, ...string[]] | undefined {
  for (const [name, sentence] of Object.entries(eventSentences)) {
    const [whole, ...words] = sentence.exec(text) ?? [];
    if (whole !== undefined) return [name as EventName, ...words];
  }
  return undefined;
}

function stepOf({ line, text: words, details }: Directive, { text }: Fence): PageStep {
  const [, onHosts] = /^on (.+)$/.exec(words) ?? [];
  if (onHosts !== undefined) {
    return { kind: "script", line, hosts: onHosts.split(" "), text, expectations: expectationsOf(details, line) };
  }
  if (details.length > 0) throw new PageError(line, `only commands have expectations, not "${words}"`);
  const [, path, fileHosts] = /^file (\S+) on (.+)$/.exec(words) ?? [];
  if (path !== undefined && fileHosts !== undefined) {
    return { kind: "file", line, path, hosts: fileHosts.split(" "), text };
  }
  const [, from, to] = /^copy from (\S+) to (.+)$/.exec(words) ?? [];
  if (from !== undefined && to !== undefined) {
    return { kind: "copy", line, from, to: to.split(" "), paths: text.split("\n").filter((each) => each !== "") };
  }
  const [, reason] = /^not run: (.+)$/.exec(words) ?? [];
  if (reason !== undefined) return { kind: "skipped", line, reason, text };
  throw new PageError(line, `the lab does not understand "${words}"`);
}

function expectationsOf(details: readonly string[], line: number): ScriptExpectations {
  const prints: string[] = [];
  const lacks: string[] = [];
  const captures = new Map<string, string>();
  let exit: ScriptExpectations["exit"] = "success";
  let retrySeconds = 0;
  for (const detail of details) {
    const [, verb, rest = ""] = /^(\S+) ?(.*)$/.exec(detail) ?? [];
    const [, name, pattern] = /^(\S+) (.+)$/.exec(rest) ?? [];
    if (verb === "prints") prints.push(rest);
    else if (verb === "lacks") lacks.push(rest);
    else if (verb === "captures" && name !== undefined && pattern !== undefined) captures.set(name, pattern);
    else if (verb === "retries" && /^\d+$/.test(rest)) retrySeconds = Number(rest);
    else if (detail === "fails") exit = "failure";
    else if (detail === "may fail") exit = "any";
    else throw new PageError(line, `the lab does not understand "${detail}"`);
  }
  return { prints, lacks, captures, exit, retrySeconds };
}

/** A block of output belongs to the commands before it. */
function expectOutput(sections: { steps: PageStep[] }[], { line, text }: Fence): void {
  const steps = sections.at(-1)?.steps;
  const last = steps?.at(-1);
  if (steps === undefined || last?.kind !== "script") throw new PageError(line, "no commands come before this output");
  const lines = text.split("\n").filter((each) => each.trim() !== "");
  const { expectations } = last;
  steps[steps.length - 1] = {
    ...last,
    expectations: { ...expectations, prints: [...expectations.prints, ...lines] },
  };
}

/** What `init` prints is known once there is a cluster. */
const ofCluster = ["token", "hash", "key"];

/** Every host exists, and every <placeholder> was printed before. */
function checkNames({ hosts, sections }: Page): void {
  const known = new Set<string>();
  const check = (line: number, names: readonly string[]) => {
    const unknown = names.find((name) => name !== controller && !hosts.includes(name));
    if (unknown !== undefined) throw new PageError(line, `the page has no host ${unknown}`);
  };
  for (const step of sections.flatMap(({ steps }) => steps)) {
    const event = step.kind === "event" ? eventOf(step.text)?.[0] : undefined;
    if (event === "cluster" || event === "upstreamCluster") for (const name of ofCluster) known.add(name);
    if (step.kind === "copy") check(step.line, [step.from, ...step.to]);
    if (step.kind !== "script" && step.kind !== "file") continue;
    check(step.line, step.hosts);
    const unknown = placeholdersIn(step.text).find((name) => !known.has(name));
    if (unknown !== undefined) throw new PageError(step.line, `nothing printed <${unknown}> before`);
    if (step.kind === "script") for (const name of step.expectations.captures.keys()) known.add(name);
  }
}

const placeholder = /<([a-z]+)>/g;

function placeholdersIn(text: string): readonly string[] {
  return [...text.matchAll(placeholder)].map(([, name = ""]) => name);
}

/** The text with each known <placeholder> replaced. */
export function withValues(text: string, values: ReadonlyMap<string, string>): string {
  return text.replaceAll(placeholder, (whole, name: string) => values.get(name) ?? whole);
}

/** Why an output is not as expected; undefined if it is. */
export function unmetExpectation(
  output: string,
  expectations: ScriptExpectations,
  values: ReadonlyMap<string, string>,
): string | undefined {
  const missing = expectations.prints.find((text) => !output.includes(withValues(text, values)));
  if (missing !== undefined) return `it does not print "${withValues(missing, values)}"`;
  const extra = expectations.lacks.find((text) => output.includes(withValues(text, values)));
  if (extra !== undefined) return `it prints "${withValues(extra, values)}"`;
  const [name] = [...expectations.captures].find(([, pattern]) => !new RegExp(pattern, "m").test(output)) ?? [];
  return name === undefined ? undefined : `it prints nothing for <${name}>`;
}
