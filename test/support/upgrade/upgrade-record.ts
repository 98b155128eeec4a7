// What a real cluster consists of before and after an upgrade, without what differs from run to run.
import { createHash } from "node:crypto";
import type { Lab } from "../../../lab/lab.ts";
import type { LabHost } from "../../../lab/lab-host.ts";
import { type HostRecord, type Mask, masker, recordHost, recordObjects } from "../control-plane/cluster-record.ts";
import { maskTimes } from "./comparable-lines.ts";

export interface UpgradeRecord {
  readonly host: HostRecord;
  /** Path of a certificate, or `path#user` in a kubeconfig → a hash, to see whether it was renewed. */
  readonly fingerprints: Readonly<Record<string, string>>;
  /** `kind/namespace/name` → the object. */
  readonly objects: Readonly<Record<string, unknown>>;
}

export async function recordUpgrade(lab: Lab, host: LabHost): Promise<UpgradeRecord> {
  const mask = upgradeMask(lab);
  const { files, ...recorded } = await recordHost(host, mask);
  const masked = Object.entries(files).map(([path, text]) => [maskTimes(path), text]);
  return {
    host: { ...recorded, files: Object.fromEntries(masked) },
    fingerprints: await fingerprintsOf(host),
    objects: await recordObjects(lab, mask),
  };
}

function upgradeMask(lab: Lab): Mask {
  const mask = masker(lab);
  return (text) => maskTimes(mask(text));
}

/** Returns the record without backups: how many there are depends on how often a run was interrupted. */
export function withoutBackups({ host, objects }: UpgradeRecord): Omit<UpgradeRecord, "fingerprints"> {
  const isKept = (text: string) => !text.includes("/etc/kubernetes/tmp/");
  const files = Object.fromEntries(Object.entries(host.files).filter(([path]) => isKept(path)));
  return { host: { ...host, tree: host.tree.filter(isKept), files }, objects };
}

export async function fingerprintsOf(host: LabHost): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for (const { path, content } of await host.readTree(["/etc/kubernetes"])) {
    if (content === undefined) continue;
    const text = content.toString("utf8");
    if (path.endsWith(".crt")) found[path] = fingerprint(text);
    const embedded = /client-certificate-data: (\S+)/.exec(text)?.[1];
    if (embedded !== undefined) found[`${path}#user`] = fingerprint(embedded);
  }
  return found;
}

function fingerprint(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

export type Change = "kept" | "changed" | "created" | "removed";

/** Returns what became of every key, sorted. */
export function changesOf(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): ReadonlyMap<string, Change> {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
  return new Map(keys.map((key) => [key, changeOf(before[key], after[key])]));
}

function changeOf(before: unknown, after: unknown): Change {
  if (before === undefined) return "created";
  if (after === undefined) return "removed";
  return JSON.stringify(before) === JSON.stringify(after) ? "kept" : "changed";
}

/** Both programs back etcd up, each in its own way. */
export function isEtcdBackup(treeLine: string): boolean {
  return / \/etc\/kubernetes\/tmp\/kubeadm-backup-etcd-T0(?:-\d+)?\//.test(treeLine);
}
