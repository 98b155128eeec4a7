import { parseBool } from "../../../go/bool.ts";
import type { FeatureGates } from "../../../kubernetes/minors/feature-gates.ts";

type Gates = ReadonlyMap<string, boolean>;

/** Where gates are set, and what is known of those of the minor version that gets them. */
export interface GatesSubject {
  readonly from: string;
  readonly minor: number;
  readonly known: FeatureGates;
}

/** Returns, in sentences, why a component does not start with feature gates, the last value of each. */
export function refusedGates(
  component: string,
  settings: readonly (readonly [name: string, value: unknown])[],
  { from, minor, known }: GatesSubject,
): readonly string[] {
  const named = `${component} of 1.${minor}`;
  const names = [...new Set(settings.map(([name]) => name))].filter((name) => name !== "");
  const unknown = names.filter((name) => !isKnown(component, name, known));
  const set = new Map(
    settings.flatMap(([name, value]) => {
      // What is no boolean was refused before the upgrade, too.
      const parsed = parseBool(String(value));
      return parsed === undefined ? [] : [[name, parsed] as const];
    }),
  );
  const locked = [...set].filter(([name, isOn]) => {
    const gate = known.gates.get(name);
    return gate?.isLocked === true && gate.isOn !== isOn && isKnown(component, name, known);
  });
  return [
    ...unknown.map((name) => `${from} sets the feature gate ${name}, which ${named} does not know (${known.source})`),
    ...locked.map(([name, isOn]) => {
      const [verb, state] = isOn ? ["enables", "disabled"] : ["disables", "enabled"];
      return `${from} ${verb} the feature gate ${name}, which is permanently ${state} in ${named} (${known.source})`;
    }),
    ...unmetNeeds(set, known).map(
      ([name, needed]) =>
        `${from} sets feature gates so that ${name} is enabled without ${needed.join(" and ")}, which it needs in ${named} (${known.source})`,
    ),
  ];
}

const groups: ReadonlyMap<string, string> = new Map([
  ["AllAlpha", "alpha"],
  ["AllBeta", "beta"],
]);

/** Reports whether a component has a gate. */
export function isKnown(component: string, name: string, known: FeatureGates): boolean {
  return groups.has(name) || (known.gates.has(name) && known.absent[component]?.includes(name) !== true);
}

/** Returns the gates that are enabled while others that they need are disabled. */
function unmetNeeds(set: Gates, known: FeatureGates): readonly (readonly [name: string, needed: readonly string[]])[] {
  return Object.entries(known.needed).flatMap(([name, needed]) => {
    if (!isOn(name, set, known)) return [];
    const missing = needed.filter((each) => !isOn(each, set, known));
    return missing.length === 0 ? [] : [[name, missing] as const];
  });
}

/** AllAlpha and AllBeta count for gates that are not set themselves. */
function isOn(name: string, set: Gates, known: FeatureGates): boolean {
  const gate = known.gates.get(name);
  if (gate === undefined || gate.isLocked) return gate?.isOn === true;
  const group = [...groups].find(([, stage]) => stage === gate.stage)?.[0] ?? "";
  return set.get(name) ?? set.get(group) ?? gate.isOn;
}
