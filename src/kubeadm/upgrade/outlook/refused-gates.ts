import { parseBool } from "../../../go/bool.ts";
import { absentGates, featureGates, gatesSource, knownMinor, neededGates } from "./feature-gates.ts";

type Gates = ReadonlyMap<string, boolean>;

/** Returns, in sentences, why a component does not start with feature gates, the last value of each. */
export function refusedGates(
  component: string,
  settings: readonly (readonly [name: string, value: unknown])[],
  from: string,
): readonly string[] {
  const named = `${component} of 1.${knownMinor}`;
  const names = [...new Set(settings.map(([name]) => name))].filter((name) => name !== "");
  const unknown = names.filter((name) => !isKnown(component, name));
  const set = new Map(
    settings.flatMap(([name, value]) => {
      // What is no boolean was refused before the upgrade, too.
      const parsed = parseBool(String(value));
      return parsed === undefined ? [] : [[name, parsed] as const];
    }),
  );
  const locked = [...set].filter(([name, isOn]) => {
    const gate = featureGates.get(name);
    return gate?.isLocked === true && gate.isOn !== isOn && isKnown(component, name);
  });
  return [
    ...unknown.map((name) => `${from} sets the feature gate ${name}, which ${named} does not know (${gatesSource})`),
    ...locked.map(([name, isOn]) => {
      const [verb, state] = isOn ? ["enables", "disabled"] : ["disables", "enabled"];
      return `${from} ${verb} the feature gate ${name}, which is permanently ${state} in ${named} (${gatesSource})`;
    }),
    ...unmetNeeds(set).map(
      ([name, needed]) =>
        `${from} sets feature gates so that ${name} is enabled without ${needed.join(" and ")}, which it needs in ${named} (${gatesSource})`,
    ),
  ];
}

const groups: ReadonlyMap<string, string> = new Map([
  ["AllAlpha", "alpha"],
  ["AllBeta", "beta"],
]);

/** Reports whether a component has a gate. */
export function isKnown(component: string, name: string): boolean {
  return groups.has(name) || (featureGates.has(name) && absentGates[component]?.includes(name) !== true);
}

/** Returns the gates that are enabled while others that they need are disabled. */
function unmetNeeds(set: Gates): readonly (readonly [name: string, needed: readonly string[]])[] {
  return Object.entries(neededGates).flatMap(([name, needed]) => {
    if (!isOn(name, set)) return [];
    const missing = needed.filter((each) => !isOn(each, set));
    return missing.length === 0 ? [] : [[name, missing] as const];
  });
}

/** AllAlpha and AllBeta count for gates that are not set themselves. */
function isOn(name: string, set: Gates): boolean {
  const gate = featureGates.get(name);
  if (gate === undefined || gate.isLocked) return gate?.isOn === true;
  const group = [...groups].find(([, stage]) => stage === gate.stage)?.[0] ?? "";
  return set.get(name) ?? set.get(group) ?? gate.isOn;
}
