import { randomBytes } from "node:crypto";
import { Storage } from "../control-plane/index.ts";
import { EtcdMembership } from "../etcd/membership.ts";

/** How long a learner copies the stored data. */
const syncMs = 30;

/** The etcd members that share one storage. */
export class EtcdCluster extends EtcdMembership {
  /** 64 bits in hexadecimal. */
  readonly id = randomBytes(8).toString("hex");
  readonly storage = new Storage(() => new Date());
  /** The lowest minor version of all members so far: "3.6". Members of an older version cannot read the data any more. */
  clusterVersion = "3.0";
  /** The revision up to which each member had written the data when it stopped, by member ID. */
  readonly writtenRevisions = new Map<string, number>();
  readonly #removals = new Map<string, () => void>();

  constructor() {
    super({ syncMs });
  }

  /** Raises the cluster version once all members run a later one, as the leader does. */
  agreeOnVersion(): void {
    const versions = this.members.map(({ version }) => minorOf(version));
    const lowest = versions.toSorted(compareVersions)[0];
    if (lowest !== undefined && compareVersions(lowest, this.clusterVersion) > 0) this.clusterVersion = lowest;
  }

  override remove(id: string): void {
    super.remove(id);
    this.#removals.get(id)?.();
  }

  /** Calls back when the member is removed. The result unregisters the callback. */
  onRemoved(id: string, listener: () => void): () => void {
    this.#removals.set(id, listener);
    return () => this.#removals.delete(id);
  }
}

/** "3.6" of "3.6.8" and "3.6.8-0". */
export function minorOf(version: string): string {
  return /^\d+\.\d+/.exec(version)?.[0] ?? "0.0";
}

/** Compares versions by their numbers; the result is that of a sort function. */
export function compareVersions(left: string, right: string): number {
  const [one, other] = [left, right].map((version) => version.split(".").map(Number));
  const index = one?.findIndex((number, at) => number !== other?.[at]) ?? -1;
  return index < 0 ? 0 : (one?.[index] ?? 0) - (other?.[index] ?? 0);
}
