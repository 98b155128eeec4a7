import { randomBytes } from "node:crypto";
import { Storage } from "../../controlplane/index.ts";
import type { EtcdMember } from "../../etcd/etcd.ts";

export interface MemberRecord extends EtcdMember {
  /** When its process started, by performance.now(); undefined while it does not run. */
  readonly runningSince: number | undefined;
}

/** How long a learner copies what is stored. */
const syncMs = 30;

/** The cluster of etcd members that share one storage: its member list, and whether it has a quorum. */
export class EtcdCluster {
  /** 64 bits in hexadecimal. */
  readonly id = randomId();
  readonly storage = new Storage(() => new Date());
  readonly #members = new Map<string, MemberRecord>();
  readonly #removals = new Map<string, () => void>();

  get members(): readonly MemberRecord[] {
    return [...this.#members.values()];
  }

  member(id: string): MemberRecord | undefined {
    return this.#members.get(id);
  }

  add(peerUrls: readonly string[], isLearner: boolean): MemberRecord {
    const member = { id: randomId(), name: "", peerUrls, clientUrls: [], isLearner, runningSince: undefined };
    this.#members.set(member.id, member);
    return member;
  }

  change(id: string, changes: Partial<Omit<MemberRecord, "id">>): void {
    const member = this.#members.get(id);
    if (member !== undefined) this.#members.set(id, { ...member, ...changes });
  }

  /** Its process, if it runs, is told by `onRemoved`. */
  remove(id: string): void {
    this.#members.delete(id);
    this.#removals.get(id)?.();
  }

  /** Calls back when the member is removed. The result ends that. */
  onRemoved(id: string, listener: () => void): () => void {
    this.#removals.set(id, listener);
    return () => this.#removals.delete(id);
  }

  /** More than half of the members with a vote run. */
  hasQuorum(): boolean {
    return isQuorum(this.#voters());
  }

  /** Id of the member that leads: of those with a vote, the first that runs. Undefined without a quorum. */
  leader(): string | undefined {
    return this.hasQuorum() ? this.#voters().find(isRunning)?.id : undefined;
  }

  isInSync(id: string): boolean {
    const since = this.#members.get(id)?.runningSince;
    return since !== undefined && performance.now() - since >= syncMs;
  }

  /** Whether those that remain would still be a quorum. */
  mayRemove(id: string): boolean {
    const rest = this.#voters().filter((member) => member.id !== id);
    return this.#members.get(id)?.isLearner === true || rest.length === 0 || isQuorum(rest);
  }

  #voters(): readonly MemberRecord[] {
    return this.members.filter(({ isLearner }) => !isLearner);
  }
}

function isRunning({ runningSince }: MemberRecord): boolean {
  return runningSince !== undefined;
}

function isQuorum(voters: readonly MemberRecord[]): boolean {
  return voters.filter(isRunning).length * 2 > voters.length;
}

function randomId(): string {
  return randomBytes(8).toString("hex").replace(/^0+/, "");
}
