import { randomBytes } from "node:crypto";
import { compareVersions, parseSemanticVersion, type SemanticVersion } from "../../kubernetes/semantic-version.ts";
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
    const [lowest] = this.members.map(({ version }) => minorVersion(version)).toSorted(compareVersions);
    if (lowest === undefined || compareVersions(lowest, minorVersion(`${this.clusterVersion}.0`)) <= 0) return;
    this.clusterVersion = `${lowest.major}.${lowest.minor}`;
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

/** 3.6.0 of "3.6.8" and "3.6.8-0"; 0.0.0 of a member that has not said its version. */
export function minorVersion(version: string): SemanticVersion {
  const { major, minor } = parseSemanticVersion(version) ?? { major: 0, minor: 0 };
  return { major, minor, patch: 0, preRelease: "" };
}
