// Reads the feature gates of the components from the packages that declare them.
import { join } from "node:path";
import type { FeatureGate } from "../../src/kubernetes/minors/minor-data.ts";
import { entriesOf, goText, itemsFrom, stated } from "./go-source.ts";

/** A package with feature gates. */
interface GatePackage {
  /** Its module, without k8s.io/. */
  readonly module: string;
  readonly path: string;
  /** The package that registers its gates, if it is another one: a component has them only if it is linked with it. */
  readonly registeredBy?: string;
}

const packages: readonly GatePackage[] = [
  { module: "kubernetes", path: "pkg/features" },
  { module: "apiextensions-apiserver", path: "pkg/features" },
  { module: "apiserver", path: "pkg/features" },
  { module: "client-go", path: "features" },
  { module: "component-base", path: "metrics/features" },
  { module: "component-base", path: "logs/api/v1" },
  { module: "component-base", path: "zpages/features" },
  {
    module: "controller-manager",
    path: "pkg/features",
    registeredBy: "k8s.io/controller-manager/pkg/features/register",
  },
];

/** The modules that declare feature gates, without k8s.io/. */
export const gateModules: readonly string[] = [...new Set(packages.map(({ module }) => module))];

export interface DeclaredGate extends FeatureGate {
  readonly needs: readonly string[];
  /** The package without which a component does not have the gate. */
  readonly registeredBy: string | undefined;
}

/** Returns the gates of a minor version. `directories`: the folder of each module. */
export function declaredGates(
  directories: ReadonlyMap<string, string>,
  minor: number,
): ReadonlyMap<string, DeclaredGate> {
  const gates = new Map<string, DeclaredGate>();
  const texts = packages.map(({ module, path, registeredBy }) => ({
    registeredBy,
    text: goText(join(stated(directories.get(module), `the module ${module}`), path)),
  }));
  const all = texts.map(({ text }) => text).join("\n");
  const nameOf = (expression: string) => {
    const constant = expression.replace(/^featuregate\.Feature\((.*)\)$/, "$1").replace(/^\w+\./, "");
    const declared = new RegExp(`\\b${constant}(?:\\s+[\\w.]*Feature)?\\s*=\\s*(?:[\\w.]*Feature\\()?"([^"]+)"`).exec(
      all,
    );
    return stated(declared?.[1], `the feature gate ${expression}`);
  };
  const needs = new Map<string, readonly string[]>();
  for (const [, value] of literals(all, /map\[(?:featuregate\.)?Feature\]\[\](?:featuregate\.)?Feature\{/g))
    for (const [key, list] of value) needs.set(nameOf(key), itemsFrom(list, 1).map(nameOf).toSorted());
  for (const { text, registeredBy } of texts) {
    for (const [, entries] of literals(text, /map\[(?:featuregate\.)?Feature\](?:featuregate\.)?VersionedSpecs\{/g)) {
      for (const [key, specs] of entries) {
        const name = nameOf(key);
        const gate = specAt(itemsFrom(specs, 1), minor);
        if (gate === undefined || /^All(?:Alpha|Beta)$/.test(name)) continue;
        // One that another package registers, too, does not depend on this one.
        const known = gates.get(name);
        const by = known === undefined || known.registeredBy !== undefined ? registeredBy : undefined;
        gates.set(name, { ...gate, needs: needs.get(name) ?? [], registeredBy: by });
      }
    }
  }
  return gates;
}

type Entries = ReturnType<typeof entriesOf>;

function literals(text: string, opening: RegExp): readonly (readonly [start: number, entries: Entries])[] {
  return [...text.matchAll(opening)].map(({ 0: found, index }) => [
    index,
    entriesOf(itemsFrom(text, index + found.length)),
  ]);
}

const stages: Readonly<Record<string, FeatureGate["stage"]>> = {
  Alpha: "alpha",
  Beta: "beta",
  GA: "stable",
  Deprecated: "deprecated",
};

/** The last specification counts that is not for a later version, or for clusters without nodes of the version before. */
function specAt(specs: readonly string[], minor: number): FeatureGate | undefined {
  const found = specs
    .map((spec) => new Map(entriesOf(itemsFrom(spec, 1))))
    .findLast((spec) => {
      const since = stated(minorIn(spec.get("Version")), "the version of a feature gate");
      return since <= minor && (minorIn(spec.get("MinCompatibilityVersion")) ?? 0) <= minor - 1;
    });
  if (found === undefined) return undefined;
  const stage = stated(found.get("PreRelease"), "the stage of a feature gate").replace(/^\w+\./, "");
  return {
    stage: stated(stages[stage], `the stage ${stage}`),
    isOn: found.get("Default") === "true",
    isLocked: found.get("LockToDefault") === "true",
  };
}

function minorIn(expression: string | undefined): number | undefined {
  const [, minor] = /"1\.(\d+)"/.exec(expression ?? "") ?? [];
  return minor === undefined ? undefined : Number(minor);
}
