import { type Area, areaNames } from "./areas.ts";
import { type Capture, type Facts, isSame } from "./capture.ts";

export interface Change {
  readonly area: Area;
  readonly name: string;
  /** Undefined if it is new. */
  readonly before: string | undefined;
  /** Undefined if it is gone. */
  readonly after: string | undefined;
  /** The cases in which it was observed. */
  readonly cases?: readonly string[];
}

/** Returns what is different, in the order of the areas and by name. */
export function compareCaptures(before: Capture, after: Capture): readonly Change[] {
  return areaNames.flatMap((area) => {
    const [old, now] = [before.areas[area], after.areas[area]];
    return old === undefined || now === undefined ? [] : compareFacts(area, old, now);
  });
}

function compareFacts(area: Area, before: Facts, after: Facts): readonly Change[] {
  if (area === "componentHelp") return compareComponents(before, after);
  return differences(area, before, after);
}

/** A component of which a side has nothing could not be built there: its flags are neither new nor gone. */
function compareComponents(before: Facts, after: Facts): readonly Change[] {
  const componentOf = (name: string) => name.split(" ")[0] ?? name;
  const [old, now] = [before, after].map((facts) => new Set(Object.keys(facts).map(componentOf)));
  return differences("componentHelp", before, after).filter(({ name }) => {
    const component = componentOf(name);
    return old?.has(component) === true && now?.has(component) === true;
  });
}

function differences(area: Area, before: Facts, after: Facts): readonly Change[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
  return names
    .filter((name) => !isSame(before[name], after[name]))
    .map((name) => ({ area, name, before: before[name], after: after[name] }));
}

/** Returns the areas of which a side has nothing. */
export function areasNotCompared(before: Capture, after: Capture): readonly Area[] {
  return areaNames.filter((area) => before.areas[area] === undefined || after.areas[area] === undefined);
}

/** Whether a fact is new, gone or another. */
export function signOf({ before, after }: Pick<Change, "before" | "after">): "+" | "-" | "~" {
  if (before === undefined) return "+";
  return after === undefined ? "-" : "~";
}
