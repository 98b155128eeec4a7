import { parseSemanticVersion } from "../semantic-version.ts";
import { removals, writtenKubeletFlags } from "./by-hand.ts";
import { findMinor, knownMinors } from "./minors.ts";

/** Flags that a component no longer has: it refuses to start with them. */
export interface RemovedFlags {
  readonly component: string;
  /** The first minor version without them: of Kubernetes, or of etcd 3 for etcd. */
  readonly minor: number;
  readonly source: string;
  readonly flags: readonly string[];
}

/** Returns the flags that components have lost since the oldest minor version that this program knows. */
export function removedFlags(): readonly RemovedFlags[] {
  return knownMinors().flatMap((minor) =>
    Object.entries(minor.removedFlags).flatMap(([component, flags = []]) => {
      const isEtcd = component === "etcd";
      const number = isEtcd ? (parseSemanticVersion(minor.images.etcd)?.minor ?? 0) : minor.number;
      const changes = removals.filter((each) => each.component === component && each.minor === number);
      const of = (flag: string) => changes.find((each) => each.flags.test(flag))?.source;
      const sources = [...changes.map(({ source }) => source), undefined];
      const changelog = isEtcd
        ? `https://github.com/etcd-io/etcd/blob/main/CHANGELOG/CHANGELOG-3.${number}.md`
        : `https://github.com/kubernetes/kubernetes/blob/master/CHANGELOG/CHANGELOG-1.${number}.md`;
      return sources.flatMap((source) => {
        const own = flags.filter((flag) => of(flag) === source);
        return own.length === 0 ? [] : [{ component, minor: number, source: source ?? changelog, flags: own }];
      });
    }),
  );
}

/** Flags of which a component warns that they will be removed or replaced. */
export interface DeprecatedFlags {
  readonly component: string;
  readonly source: string;
  readonly flags: readonly string[];
}

/** Returns the deprecated flags of a minor version; none if this program does not know it. */
export function deprecatedFlags(number: number): readonly DeprecatedFlags[] {
  const minor = findMinor(number);
  if (minor === undefined) return [];
  const tree = `https://github.com/kubernetes/kubernetes/blob/${minor.release}`;
  return Object.entries(minor.deprecatedFlags).flatMap(([component, files = {}]) =>
    Object.entries(files).map(([file, flags]) => ({ component, source: `${tree}/${file}`, flags })),
  );
}

/** Returns the flags that older versions of kubeadm have written for a kubelet, and that newer kubelets refuse. */
export function removedKubeletFlags(): readonly string[] {
  const removed = removedFlags().filter(({ component }) => component === "kubelet");
  return writtenKubeletFlags.filter((flag) => removed.some(({ flags }) => flags.includes(flag)));
}
