import type { DifferCase, GivenEntry } from "./case.ts";
import { normalizerFor } from "./observe/normalize.ts";
import { type Observation, observe } from "./observe/observation.ts";
import type { Side, Stage } from "./stage/stage.ts";
import type { WorldNames } from "./world/messages.ts";
import type { World } from "./world/world.ts";

/** What both programs did with one case. */
export interface Pair {
  readonly input: DifferCase;
  readonly ours: Observation;
  readonly upstream: Observation;
  /** Milliseconds that each of them took. */
  readonly took: Readonly<Record<Side, number>>;
}

export interface Machine {
  readonly stage: Stage;
  readonly world: World;
}

export type Files = Readonly<Record<string, GivenEntry>>;

const defaultTimeoutMs = 20_000;

/** Runs both programs on the same input, one after the other on the same machine. */
export async function runCase(machine: Machine, input: DifferCase, tree: Files): Promise<Pair> {
  const upstream = await runSide(machine, "upstream", input, tree);
  const ours = await runSide(machine, "ours", input, tree);
  return {
    input,
    upstream: upstream.observation,
    ours: ours.observation,
    took: { ours: ours.took, upstream: upstream.took },
  };
}

interface SideRun {
  readonly observation: Observation;
  readonly took: number;
}

/** Runs one program on the input. */
export async function runSide({ stage, world }: Machine, side: Side, input: DifferCase, tree: Files): Promise<SideRun> {
  stage.reset();
  const names = input.world === undefined ? {} : await world.start(input.world);
  const fill = filler(names);
  const files = Object.fromEntries(
    [
      ...Object.entries(tree).filter(([path]) => !isReplaced(path, input.files)),
      ...Object.entries(input.files ?? {}),
    ].map(([path, entry]) => [path, filledEntry(entry, fill)]),
  );
  stage.add(files);
  const now = new Date();
  const started = performance.now();
  const result = await stage.run(side, {
    args: input.args.map(fill),
    env: Object.fromEntries(Object.entries(input.env ?? {}).map(([name, value]) => [name, fill(value)])),
    stdin: input.stdin ?? "",
    shell: input.shell,
    user: input.user,
    timeoutMs: input.timeoutMs ?? defaultTimeoutMs,
  });
  const took = performance.now() - started;
  const record = input.world === undefined ? undefined : await world.stop();
  const known = [
    ...input.args,
    JSON.stringify(input.env ?? {}),
    ...Object.values(files).map(textOf),
    ...tokensOf(names),
  ];
  const before = Object.values(tree).map(textOf);
  const normalize = normalizerFor({ text: known.join("\n"), tree: before.join("\n"), now });
  return {
    observation: observe({ stage, result, record, normalize: (text) => normalize(unfilled(text, names)) }),
    took,
  };
}

const filler =
  (names: WorldNames) =>
  (text: string): string =>
    Object.entries(names).reduce((current, [name, value]) => current.replaceAll(name, value), text);

/** Whether the case has something else in the place of a tree's file. */
function isReplaced(path: string, files: Files = {}): boolean {
  return (
    path in files ||
    Object.entries(files).some(([other, entry]) => {
      return typeof entry === "object" && "link" in entry && path.startsWith(`${other}/`);
    })
  );
}

/** The world's own names where its values stand; both programs have another world each. */
function unfilled(text: string, names: WorldNames): string {
  return ["<pin>", "<ca.crt>"].reduce((current, name) => {
    const value = names[name];
    if (value === undefined) return current;
    return current.replaceAll(value.trim(), name).replaceAll(Buffer.from(value).toString("base64"), `base64(${name})`);
  }, text);
}

function tokensOf(names: WorldNames): readonly string[] {
  return ["<token>", "<certificate-key>", "<endpoint>"].flatMap((name) => names[name] ?? []);
}

function filledEntry(entry: GivenEntry, fill: (text: string) => string): GivenEntry {
  if (typeof entry === "string") return fill(entry);
  return "content" in entry ? { ...entry, content: fill(entry.content) } : entry;
}

function textOf(entry: GivenEntry): string {
  if (typeof entry === "string") return entry;
  return "content" in entry ? entry.content : "";
}
