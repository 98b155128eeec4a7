// What was observed in cases, with every text once: most files are the same in hundreds of them.
import type { Observation } from "../../test/differ/observe/observation.ts";
import { type Capture, type Facts, relativeVersions } from "./capture.ts";
import { caseEnd } from "./observed-changes.ts";

export interface Observed {
  readonly texts: readonly string[];
  /** Case → area → part → the number of its text. */
  readonly cases: Readonly<Record<string, Readonly<Record<ObservedArea, Readonly<Record<string, number>>>>>>;
}

type ObservedArea = "outcomes" | "output" | "files" | "objects" | "requests" | "calls";

export function storeObservations(observations: ReadonlyMap<string, Observation>): Observed {
  const numbers = new Map<string, number>();
  const numberOf = (text: string) => {
    const number = numbers.get(text) ?? numbers.size;
    numbers.set(text, number);
    return number;
  };
  const store = (parts: Facts) =>
    Object.fromEntries(Object.entries(parts).map(([part, text]) => [part, numberOf(text)] as const));
  const cases = [...observations]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, each]) => {
      const { status, stdout, stderr, files, objects, requests, calls, runtimeCalls } = each;
      const areas = {
        outcomes: store({ status }),
        output: store({ stdout, stderr }),
        files: store(files),
        objects: store(objects),
        requests: store({ requests: requests.join("\n") }),
        calls: store({ calls: [...calls, ...runtimeCalls].join("\n") }),
      };
      return [name, areas] as const;
    });
  return { texts: [...numbers.keys()], cases: Object.fromEntries(cases) };
}

/** Returns facts: the case and its part → the text. */
export function behaviorFacts({ texts, cases }: Observed, release: string): Capture["areas"] {
  const relative = texts.map((text) => relativeVersions(settled(text), release));
  const facts = (area: ObservedArea): Facts =>
    Object.fromEntries(
      Object.entries(cases).flatMap(([name, areas]) =>
        Object.entries(areas[area]).map(
          ([part, number]) => [`${name}${caseEnd}${part}`, relative[number] ?? ""] as const,
        ),
      ),
    );
  return {
    outcomes: facts("outcomes"),
    output: facts("output"),
    files: facts("files"),
    objects: facts("objects"),
    requests: facts("requests"),
    calls: facts("calls"),
  };
}

/** What differs from run to run of one program, besides what the differ replaces, or with every line of code. */
function settled(text: string): string {
  return (
    text
      .replaceAll(/<given ([a-z0-9 ]+) [0-9a-f]{8}>/g, "<given $1>")
      .replaceAll(/^([IWEF] [\w.-]+\.go):\d+\]/gm, "$1]")
      .replaceAll(/(pkg\/runtime\/scheme\.go):\d+/g, "$1")
      .replaceAll(/\(0x[0-9a-f]+\)/g, "(<address>)")
      .replaceAll(/(token-secret: )[A-Za-z0-9+/=]{24}/g, "$1<random secret>")
      .replaceAll(/(resourceVersion: )"\d+"/g, '$1"<number>"')
      // Go's maps have no order.
      .replaceAll(/(file already exists: key or CSR) \S+/g, "$1 <one of them>")
      .replaceAll(/\[(?:zsh bash|bash zsh)\]/g, "[bash zsh]")
  );
}
