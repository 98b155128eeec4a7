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
  const relative = texts.map((text) => relativeVersions(text, release));
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
