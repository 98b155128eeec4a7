/** One command line of a script and what it must do. */
export interface ScriptStep {
  /** Of the command, counted from 1. */
  readonly line: number;
  readonly environment: Readonly<Record<string, string>>;
  /** The arguments, without the program's name. */
  readonly argv: readonly string[];
  readonly status: number;
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
}

export interface Script {
  readonly title: string;
  readonly steps: readonly ScriptStep[];
  /** By name, relative to the working directory. */
  readonly files: ReadonlyMap<string, string>;
}

interface OpenStep {
  readonly line: number;
  readonly words: readonly string[];
  readonly status: number[];
  readonly stdout: string[];
  readonly stderr: string[];
}

/** Reads the format that README.md tells. */
export function parseScript(text: string): Script {
  const { head, files } = splitFiles(text);
  const titles: string[] = [];
  const steps: OpenStep[] = [];
  for (const [index, line] of head.entries()) {
    const place = `line ${index + 1}`;
    const mark = line.slice(0, 1);
    const rest = line.slice(2);
    if (mark === "") continue;
    if (mark === "#") titles.push(rest);
    else if (mark === "$") steps.push({ line: index + 1, words: splitWords(rest), status: [], stdout: [], stderr: [] });
    else {
      const step = steps.at(-1);
      if (step === undefined) throw new Error(`${place}: an expectation before the first command`);
      if (mark === "=") step.status.push(Number(rest));
      else if (mark === ">") step.stdout.push(rest);
      else if (mark === "!") step.stderr.push(rest);
      else throw new Error(`${place}: begins with none of # $ = > !`);
    }
  }
  return { title: titles[0] ?? "", steps: steps.map(closeStep), files };
}

function closeStep({ line, words, status, stdout, stderr }: OpenStep): ScriptStep {
  const [only, ...more] = status;
  if (only === undefined || more.length > 0 || Number.isNaN(only)) {
    throw new Error(`line ${line}: a command has one exit status`);
  }
  const program = words.indexOf("kubeadm");
  if (program < 0) throw new Error(`line ${line}: only kubeadm is run`);
  const environment = Object.fromEntries(words.slice(0, program).map(splitAssignment));
  return { line, environment, argv: words.slice(program + 1), status: only, stdout, stderr };
}

function splitAssignment(word: string): readonly [string, string] {
  const equals = word.indexOf("=");
  return [word.slice(0, equals), word.slice(equals + 1)];
}

function splitFiles(text: string): { readonly head: readonly string[]; readonly files: ReadonlyMap<string, string> } {
  const head: string[] = [];
  const files = new Map<string, string>();
  let name: string | undefined;
  for (const line of text.replace(/\n$/, "").split("\n")) {
    const marker = /^-- (\S+) --$/.exec(line)?.[1];
    if (marker !== undefined) {
      name = marker;
      files.set(name, "");
    } else if (name === undefined) head.push(line);
    else files.set(name, `${files.get(name) ?? ""}${line}\n`);
  }
  return { head, files };
}

function splitWords(text: string): readonly string[] {
  const words = text.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? [];
  return words.map((word) => word.replace(/'([^']*)'|"([^"]*)"/g, (_, single = "", double = "") => single + double));
}

const placeholders: Readonly<Record<string, string>> = {
  "<any>": "[^\\n]*",
  "<number>": "[0-9]+",
  "<duration>": "(?:[0-9.]+(?:h|ms|m|s|µs|ns))+",
};

/** The regular expression of expected lines, for the whole of an output. */
export function outputPattern(lines: readonly string[], work: string): RegExp {
  const source = lines.map((line) => (line === "..." ? "(?:[^\\n]*\\n)*?" : `${linePattern(line, work)}\\n`));
  return new RegExp(`^${source.join("")}$`);
}

function linePattern(line: string, work: string): string {
  return line
    .replaceAll("<work>", work)
    .split(/(<any>|<number>|<duration>|<klog [IWE]>)/)
    .map((part) => {
      if (part.startsWith("<klog ")) {
        return `${part.slice(6, 7)}[0-9]{4} [0-9:]{8}\\.[0-9]{6} +[0-9]+ [a-z_]+\\.[a-z]+:[0-9]+\\]`;
      }
      return placeholders[part] ?? part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    })
    .join("");
}
