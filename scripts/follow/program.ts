// What upstream's program says of itself: commands, flags, help, defaults and images.
import { parseAllDocuments } from "yaml";
import { CommandFailed, type CommandResult, runCommand } from "../../lab/run-command.ts";
import { type Capture, type Facts, relativeVersions } from "./capture.ts";
import { caseEnd } from "./observed-changes.ts";

export type Ask = (args: readonly string[]) => Promise<CommandResult>;

/** Asks a program, which finds no configuration and no cluster of this machine. */
export function askProgram(program: string): Ask {
  const env = { PATH: "/usr/bin:/bin", HOME: "/nonexistent", KUBECONFIG: "/nonexistent" };
  return (args) => runCommand([program, ...args], { env, timeoutMs: 60_000 });
}

export async function captureProgram(ask: Ask, release: string): Promise<Pick<Capture, "areas" | "gaps">> {
  const pages = await readHelp(ask);
  const texts = new Map([...pages].map(([command, page]) => [command, relativeVersions(page, release)]));
  const areas = {
    commands: Object.fromEntries([...texts].map(([command, page]) => [command, helpOf(page).usage])),
    help: Object.fromEntries([...texts].map(([command, page]) => [`${command}${caseEnd}help`, helpOf(page).text])),
    flags: Object.fromEntries(
      [...texts].flatMap(([command, page]) => helpOf(page).flags.map(({ name, text }) => [`${command} ${name}`, text])),
    ),
    defaults: await readDefaults(ask, release),
    images: await readImages(ask, release),
  };
  return { areas, gaps: [] };
}

/** Walks through the commands that help lists; hidden ones are only in the sources. */
async function readHelp(ask: Ask): Promise<ReadonlyMap<string, string>> {
  const pages = new Map<string, string>();
  let open: readonly (readonly string[])[] = [[]];
  while (open.length > 0) {
    const answers = await Promise.all(
      open.map(async (path) => ({ path, page: await mustAsk(ask, [...path, "--help"]) })),
    );
    for (const { path, page } of answers) pages.set(["kubeadm", ...path].join(" "), page);
    open = answers.flatMap(({ path, page }) => helpOf(page).commands.map((name) => [...path, name]));
  }
  return pages;
}

async function mustAsk(ask: Ask, args: readonly string[]): Promise<string> {
  const result = await ask(args);
  if (result.exitCode !== 0) throw new CommandFailed(["kubeadm", ...args], result);
  return result.stdout;
}

interface Help {
  readonly usage: string;
  readonly commands: readonly string[];
  readonly flags: readonly { readonly name: string; readonly text: string }[];
  /** The rest: descriptions, examples, lists of phases. */
  readonly text: string;
}

/** Takes a page of cobra's apart. */
export function helpOf(page: string): Help {
  const commands: string[] = [];
  const flags: { name: string; text: string }[] = [];
  const [usage, text]: [string[], string[]] = [[], []];
  let section = "";
  for (const line of page.split("\n")) {
    if (/^\S.*:$/.test(line)) section = line;
    else if (section === "Usage:" && line.startsWith("  ")) usage.push(line.trim());
    else if (section === "Available Commands:" && line.startsWith("  ")) commands.push(line.trim().split(" ")[0] ?? "");
    else if (/[Ff]lags:$/.test(section) && line.startsWith(" ")) {
      const [, short, name, rest = ""] = /^ +(?:(-\w), )?(--[\w-]+)(.*)$/.exec(line) ?? [];
      const words = rest.trim().replaceAll(/ +/g, " ");
      const last = flags.at(-1);
      if (name !== undefined) flags.push({ name, text: short === undefined ? words : `${short} ${words}` });
      else if (last !== undefined) last.text += ` ${line.trim()}`;
    } else if (line !== "") {
      // Pictures and lists of commands may have a section's form; a line at the margin ends none of them.
      text.push(line);
    }
  }
  return { usage: usage.join("\n"), commands, flags, text: text.join("\n") };
}

const kinds = ["init", "join", "reset", "upgrade"] as const;

async function readDefaults(ask: Ask, release: string): Promise<Facts> {
  const found: Record<string, string> = {};
  for (const kind of kinds) {
    const isInit = kind === "init";
    const args = ["config", "print", `${kind}-defaults`];
    if (isInit) args.push("--component-configs", "KubeletConfiguration,KubeProxyConfiguration");
    for (const document of parseAllDocuments(await mustAsk(ask, args))) {
      const value: unknown = document.toJS();
      const name = typeof value === "object" && value !== null && "kind" in value ? String(value.kind) : kind;
      for (const [path, text] of leavesOf(value)) found[`${name}${path}`] = relativeVersions(text, release);
    }
  }
  return withoutMachine(found);
}

/** join-defaults names the machine. */
function withoutMachine(found: Facts): Facts {
  return Object.fromEntries(
    Object.entries(found).map(([name, text]) => [
      name,
      /^JoinConfiguration\.nodeRegistration\.name$/.test(name) ? "<name>" : text,
    ]),
  );
}

/** Every value that is no mapping or list, by its path. */
export function leavesOf(value: unknown, path = ""): readonly (readonly [path: string, text: string])[] {
  if (Array.isArray(value) && value.length > 0)
    return value.flatMap((each, index) => leavesOf(each, `${path}[${index}]`));
  if (typeof value === "object" && value !== null && Object.keys(value).length > 0)
    return Object.entries(value).flatMap(([key, each]) => leavesOf(each, `${path}.${key}`));
  return [[path, JSON.stringify(value)]];
}

async function readImages(ask: Ask, release: string): Promise<Facts> {
  const found: Record<string, string> = {};
  const minor = Number(release.split(".")[1]);
  for (const [name, version] of [
    ["own", release],
    ["of the minor version before", `1.${minor - 1}.0`],
  ]) {
    const list = await mustAsk(ask, ["config", "images", "list", "--kubernetes-version", `v${version}`]);
    for (const image of list.trim().split("\n")) {
      const [repository = "", tag = ""] = image.split(/:(?=[^:]*$)/);
      found[`${repository}, ${name}`] = relativeVersions(tag, release);
    }
  }
  return found;
}
