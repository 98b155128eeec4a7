// Collects what belongs to a minor version from its sources.
import type { BuildContext } from "../../lab/parts/part-store.ts";
import { stagingVersion } from "../../lab/versions.ts";
import type { FeatureGate, MinorData } from "../../src/kubernetes/minors/minor-data.ts";
import { type DeclaredFlags, declaredFlags, etcdFlags, flagModules } from "./flags.ts";
import { type DeclaredGate, declaredGates, gateModules } from "./gates.ts";
import { stated } from "./go-source.ts";
import { askPackages, linkedPackages, type SystemSpec } from "./probe.ts";
import { type Component, components, controllerAccounts, goRelease, lastReaders, moduleDirectory } from "./sources.ts";

/** What a minor version states by itself, before it is compared with the one before. */
export interface Collected {
  readonly data: Omit<MinorData, "removedFlags">;
  /** The flags of each component, and of etcd. */
  readonly flags: ReadonlyMap<string, ComponentFlags>;
}

type ComponentFlags = Pick<DeclaredFlags, "all" | "mentioned">;

/** Called for a component whose packages cannot be listed: no gate is known to be absent in it. */
export type Unlisted = (component: Component, error: unknown) => void;

/** Without `unlisted`, it throws if the packages of a component cannot be listed. */
export async function collect(context: BuildContext, release: string, unlisted?: Unlisted): Promise<Collected> {
  const directories = new Map<string, string>();
  for (const module of new Set([...flagModules, ...gateModules])) {
    const version = module === "kubernetes" ? release : stagingVersion(release);
    directories.set(module, await moduleDirectory(`k8s.io/${module}`, version));
  }
  const kubernetes = stated(directories.get("kubernetes"), "Kubernetes");
  const facts = await askPackages(context, release);
  const gates = declaredGates(directories, Number(release.split(".")[1]));
  const names = [...gates.keys()].toSorted();
  const flags = components.map((component) => [component, declaredFlags(directories, component)] as const);
  const etcd = etcdFlags(await moduleDirectory("go.etcd.io/etcd/server/v3", facts.etcd.replace(/-\d+$/, "")));
  const absent = await absentGates(context, release, gates, unlisted);
  return {
    flags: new Map<string, ComponentFlags>([...flags, ["etcd", { all: etcd, mentioned: new Set(etcd) }]]),
    data: {
      release: `v${release}`,
      go: goRelease(kubernetes),
      images: { coreDns: facts.coreDns, pause: facts.pause, etcd: facts.etcd },
      etcdOfMinors: facts.supportedEtcd,
      oldestExternalEtcd: facts.oldestExternalEtcd,
      kubeadmGates: facts.gates,
      lastReaders: lastReaders(kubernetes),
      controllerAccounts: controllerAccounts(kubernetes, (gate) => gates.get(gate)?.isOn === true),
      gates: groupedGates(names, gates),
      absentGates: nonEmpty(components, (component) => absent.get(component) ?? []),
      neededGates: nonEmpty(names, (name) => gates.get(name)?.needs ?? []),
      deprecatedFlags: Object.fromEntries(
        flags
          .map(([component, { deprecated }]) => [component, sorted(deprecated)] as const)
          .filter(([, files]) => Object.keys(files).length > 0),
      ),
      structs: sorted(
        Object.fromEntries(Object.entries(facts.structs).map(([name, fields]) => [name, fields.toSorted()])),
      ),
      system: requirements(facts.system),
    },
  };
}

async function absentGates(
  context: BuildContext,
  release: string,
  gates: ReadonlyMap<string, DeclaredGate>,
  unlisted: Unlisted | undefined,
): Promise<ReadonlyMap<Component, readonly string[]>> {
  const absent = new Map<Component, readonly string[]>();
  for (const component of components) {
    const linked = await linkedPackages(context, release, component).then(
      (packages) => new Set(packages),
      (error: unknown) => {
        if (unlisted === undefined) throw error;
        unlisted(component, error);
      },
    );
    if (linked === undefined) continue;
    const lacks = [...gates].filter(([, { registeredBy }]) => registeredBy !== undefined && !linked.has(registeredBy));
    absent.set(component, lacks.map(([name]) => name).toSorted());
  }
  return absent;
}

function groupedGates(names: readonly string[], gates: ReadonlyMap<string, FeatureGate>): MinorData["gates"] {
  return (["alpha", "beta", "stable", "deprecated"] as const).flatMap((stage) =>
    [true, false].flatMap((isOn) =>
      [false, true].flatMap((isLocked) => {
        const alike = names.filter((name) => {
          const gate = gates.get(name);
          return gate?.stage === stage && gate.isOn === isOn && gate.isLocked === isLocked;
        });
        return alike.length === 0 ? [] : [{ stage, isOn, isLocked, names: alike }];
      }),
    ),
  );
}

function nonEmpty<Key extends string>(
  keys: readonly Key[],
  of: (key: Key) => readonly string[],
): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(keys.map((key) => [key, of(key)] as const).filter(([, list]) => list.length > 0));
}

function sorted<T>(record: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(record).toSorted(([left], [right]) => (left < right ? -1 : 1)));
}

function requirements({ kernelSpec: kernel, ...groups }: SystemSpec): MinorData["system"] {
  return {
    kernels: kernel.versions,
    kernelsNote: kernel.versionsNote,
    required: kernel.required,
    optional: kernel.optional,
    requiredByCgroups: { v1: kernel.requiredCgroupsV1 ?? [], v2: kernel.requiredCgroupsV2 ?? [] },
    controllers: {
      v1: { required: groups.cgroups, optional: groups.cgroupsOptional },
      v2: { required: groups.cgroupsV2, optional: groups.cgroupsV2Optional },
    },
  };
}

/** Returns the flags that components have lost since the minor version before. */
export function removedFlags(now: Collected, before: Collected | undefined): MinorData["removedFlags"] {
  return nonEmpty([...now.flags.keys()], (component) =>
    (before?.flags.get(component)?.all ?? []).filter((flag) => now.flags.get(component)?.mentioned.has(flag) !== true),
  );
}
