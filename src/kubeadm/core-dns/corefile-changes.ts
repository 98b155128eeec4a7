import { compareVersions, parseSemanticVersion } from "../../kubernetes/semantic-version.ts";
import { coreDnsVersion } from "../images/control-plane-images.ts";
import { type CorefileOption, type CorefilePlugin, corefilePlugins } from "./corefile.ts";

/** A change of CoreDNS' configuration that makes an older Corefile unusable, and what becomes of the text. */
interface CorefileChange {
  /** The first version that refuses the old text. */
  readonly version: string;
  readonly plugin: string;
  /** CoreDNS' own words for it. */
  readonly source: string;
  /** Returns what is inserted before an option; undefined if the option stays as it is. */
  readonly insertion: (option: CorefileOption) => string | undefined;
}

/**
 * All changes from 1.12.0 to 1.14.6 that the release notes of CoreDNS and of its plugins have; Kubernetes 1.34 to 1.37
 * ship 1.12.1, 1.13.1, 1.14.2 and 1.14.6. Every other line of these versions' Corefiles keeps its meaning.
 */
const changes: readonly CorefileChange[] = [
  {
    version: "1.12.4",
    plugin: "header",
    source: "https://github.com/coredns/coredns/pull/7436: the selector is mandatory; without one, it was response",
    insertion: ({ name }) => (name === "set" || name === "clear" ? "response " : undefined),
  },
];

/** The oldest version whose changes are known. */
const oldest = "1.12.0";

/** The plugins whose lines upstream's migration knows; it refuses every other one. */
const familiar: readonly string[] = [
  ...["errors", "log", "health", "ready", "autopath", "kubernetes", "k8s_external", "prometheus", "forward", "cache"],
  ...["loop", "reload", "loadbalance", "hosts", "rewrite", "transfer", "header"],
];

export interface CorefileMigration {
  /** "newer": CoreDNS is newer than the version to deploy. "unknown": the table does not begin early enough. */
  readonly from: "same" | "known" | "unknown" | "newer";
  readonly corefile: string;
  /** The lines that changed, in words. */
  readonly notes: readonly string[];
  /** Plugins that are not among those of a usual Corefile, sorted; their lines are kept. */
  readonly unfamiliar: readonly string[];
}

/**
 * Returns a Corefile for another CoreDNS version, by default the one that this program deploys. Comments and formatting
 * are kept.
 */
export function migrateCorefile(corefile: string, currentTag: string, targetTag = coreDnsVersion): CorefileMigration {
  const [current, target] = [currentTag, targetTag].map((tag) => parseSemanticVersion(tag));
  const start = parseSemanticVersion(oldest);
  const plugins = corefilePlugins(corefile);
  const unfamiliar = [...new Set(plugins.map(({ name }) => name))].filter((name) => !familiar.includes(name)).sort();
  const kept = { corefile, notes: [], unfamiliar };
  if (current === undefined || target === undefined || start === undefined) return { ...kept, from: "unknown" };
  const order = compareVersions(current, target);
  if (order === 0) return { ...kept, from: "same" };
  if (order > 0) return { ...kept, from: "newer" };
  if (compareVersions(current, start) < 0) return { ...kept, from: "unknown" };
  const due = changes.filter(({ version }) => {
    const changed = parseSemanticVersion(version);
    return changed !== undefined && compareVersions(current, changed) < 0;
  });
  return { ...kept, ...migrated(corefile, plugins, due), from: "known" };
}

function migrated(corefile: string, plugins: readonly CorefilePlugin[], due: readonly CorefileChange[]) {
  const insertions = plugins.flatMap(({ name, options }) =>
    due
      .filter(({ plugin }) => plugin === name)
      .flatMap((change) =>
        options.flatMap((option) => {
          const text = change.insertion(option);
          return text === undefined ? [] : [{ text, change, option }];
        }),
      ),
  );
  const text = insertions
    .toSorted((left, right) => right.option.position - left.option.position)
    .reduce((before, { text: inserted, option: { position } }) => {
      return before.slice(0, position) + inserted + before.slice(position);
    }, corefile);
  const notes = insertions.map(
    ({ change, option, text: inserted }) =>
      `${change.plugin}: "${inserted}" is written before "${option.name}" (${change.version}, ${change.source})`,
  );
  return { corefile: text, notes };
}
