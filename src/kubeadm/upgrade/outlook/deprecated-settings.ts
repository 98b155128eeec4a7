import { parseBool } from "../../../go/bool.ts";
import { type FeatureGates, featureGatesOf } from "../../../kubernetes/minors/feature-gates.ts";
import { deprecatedFlags } from "../../../kubernetes/minors/flags.ts";
import { allGates, type ComponentSettings, flagNames } from "./component-settings.ts";
import { isKnown } from "./refused-gates.ts";

/** Returns, in sentences, the settings that the component of a minor version accepts, but warns about. */
export function deprecatedSettings(settings: ComponentSettings, minor: number): readonly string[] {
  const { component, from, words } = settings;
  const known = component === "etcd" ? undefined : featureGatesOf(minor);
  if (known === undefined) return [];
  const names = flagNames(words);
  const named = `${component} of 1.${minor}`;
  return [
    ...deprecatedFlags(minor)
      .filter((each) => each.component === component)
      .flatMap(({ flags, source }) => flags.filter((flag) => names.includes(flag)).map((flag) => ({ flag, source })))
      .map(({ flag, source }) => `${from} sets --${flag}, which is deprecated in ${named} (${source})`),
    ...deprecatedGates(settings, known).map(
      (name) => `${from} sets the feature gate ${name}, which a version after 1.${minor} removes (${known.source})`,
    ),
  ];
}

/** A gate is removed some versions after its feature has become stable, or was deprecated. */
function deprecatedGates(settings: ComponentSettings, known: FeatureGates): readonly string[] {
  const values = new Map(allGates(settings).map(([name, value]) => [name, parseBool(String(value))]));
  return [...values].flatMap(([name, value]) => {
    const gate = known.gates.get(name);
    if (gate === undefined || value === undefined || !isKnown(settings.component, name, known)) return [];
    const isRefused = gate.isLocked && gate.isOn !== value;
    return !isRefused && (gate.stage === "stable" || gate.stage === "deprecated") ? [name] : [];
  });
}
