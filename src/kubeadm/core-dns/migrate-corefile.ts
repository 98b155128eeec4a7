import { compareVersions, parseSemanticVersion } from "../../kubernetes/semantic-version.ts";
import { coreDnsVersion } from "../images/control-plane-images.ts";
import { corefileServers } from "./corefile.ts";
import { corefileChanges, removedPlugins } from "./corefile-changes.ts";
import { edited } from "./corefile-edits.ts";

/** The oldest version whose changes are known; the same as in upstream's migration. */
const oldest = "1.1.3";

/** The plugins whose lines upstream's migration knows; it refuses every other one. */
const familiar: readonly string[] = [
  ...["errors", "log", "health", "ready", "autopath", "kubernetes", "k8s_external", "prometheus", "proxy", "forward"],
  ...["cache", "loop", "reload", "loadbalance", "hosts", "rewrite", "transfer", "header"],
];

export interface CorefileMigration {
  /** "newer": CoreDNS is newer than the version to deploy. "unknown": the table does not begin early enough. */
  readonly from: "same" | "known" | "unknown" | "newer";
  readonly corefile: string;
  /** What changed, in words. */
  readonly notes: readonly string[];
  /** Plugins that the version to deploy does not have any more, sorted; it does not start with their lines. */
  readonly removed: readonly string[];
  /** Other plugins that are not among those of a usual Corefile, sorted; their lines are kept. */
  readonly unfamiliar: readonly string[];
}

/**
 * Returns a Corefile for another CoreDNS version, by default the one that this program deploys. Comments and formatting
 * are kept.
 */
export function migrateCorefile(corefile: string, currentTag: string, targetTag = coreDnsVersion): CorefileMigration {
  const [current, target] = [currentTag, targetTag].map((tag) => parseSemanticVersion(tag));
  const start = parseSemanticVersion(oldest);
  const names = [...new Set(pluginsOf(corefile))].sort();
  const kept = { corefile, notes: [], removed: [], unfamiliar: names.filter((name) => !familiar.includes(name)) };
  if (current === undefined || target === undefined || start === undefined) return { ...kept, from: "unknown" };
  const order = compareVersions(current, target);
  if (order === 0) return { ...kept, from: "same" };
  if (order > 0) return { ...kept, from: "newer" };
  if (compareVersions(current, start) < 0) return { ...kept, from: "unknown" };
  const isDue = (version: string) => {
    const changed = parseSemanticVersion(version);
    return changed !== undefined && compareVersions(current, changed) < 0 && compareVersions(changed, target) <= 0;
  };
  const removed = kept.unfamiliar.filter((name) => isDue(removedPlugins.get(name) ?? ""));
  const unfamiliar = kept.unfamiliar.filter((name) => !removed.includes(name));
  return { ...migrated(corefile, isDue), removed, unfamiliar, from: "known" };
}

/** The names of all plugins, of all server blocks. */
export function pluginsOf(corefile: string): readonly string[] {
  return corefileServers(corefile).flatMap(({ plugins }) => plugins.map(({ name }) => name));
}

/** Makes the changes one after the other, as if each version were deployed: one change may concern what another wrote. */
function migrated(before: string, isDue: (version: string) => boolean) {
  let corefile = before;
  let servers = corefileServers(corefile);
  const notes: string[] = [];
  for (const { version, source, edits } of corefileChanges) {
    if (!isDue(version)) continue;
    const due = servers.flatMap((server) => edits(server, corefile));
    if (due.length === 0) continue;
    notes.push(...due.flatMap(({ note }) => (note === undefined ? [] : [`${note} (${version}, ${source})`])));
    corefile = edited(corefile, due);
    servers = corefileServers(corefile);
  }
  return { corefile, notes: [...new Set(notes)] };
}
