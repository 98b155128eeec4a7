import { featureGatesOf } from "../../../kubernetes/minors/feature-gates.ts";
import { removedFlags } from "../../../kubernetes/minors/flags.ts";
import { allGates, type ComponentSettings, flagNames } from "./component-settings.ts";
import { refusedGates } from "./refused-gates.ts";

/**
 * Returns, in sentences, the settings with which the component of a minor version does not start: of Kubernetes, or of
 * etcd 3 for etcd.
 */
export function refusedSettings(settings: ComponentSettings, minor: number): readonly string[] {
  const { component, from, words } = settings;
  const names = flagNames(words);
  const series = component === "etcd" ? 3 : 1;
  const flags = removedFlags()
    .filter((each) => each.component === component && each.minor <= minor)
    .flatMap(({ flags: removed, minor: since, source }) =>
      removed
        .filter((flag) => names.includes(flag))
        .map((flag) => `${from} sets --${flag}, which ${component} does not have since ${series}.${since} (${source})`),
    );
  const known = component === "etcd" ? undefined : featureGatesOf(minor);
  return known === undefined
    ? flags
    : [...flags, ...refusedGates(component, allGates(settings), { from, minor, known })];
}
