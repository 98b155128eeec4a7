import { randomBytes } from "node:crypto";
import { Storage } from "../../controlplane/index.ts";
import type { EtcdMember } from "../../etcd/etcd.ts";

export interface MemberRecord extends EtcdMember {
  /** Its process runs. */
  readonly isRunning: boolean;
}

/** The cluster of etcd members that share one storage: its member list, and whether it has a quorum. */
export class EtcdCluster {
  /** 64 bits in hexadecimal. */
  readonly id = randomId();
  readonly storage = new Storage(() => new Date());
  readonly #members = new Map<string, MemberRecord>();

  get members(): readonly MemberRecord[] {
    return [...this.#members.values()];
  }

  member(id: string): MemberRecord | undefined {
    return this.#members.get(id);
  }

  add(peerUrls: readonly string[], isLearner: boolean): MemberRecord {
    const member = { id: randomId(), name: "", peerUrls, clientUrls: [], isLearner, isRunning: false };
    this.#members.set(member.id, member);
    return member;
  }

  change(id: string, changes: Partial<Omit<MemberRecord, "id">>): void {
    const member = this.#members.get(id);
    if (member !== undefined) this.#members.set(id, { ...member, ...changes });
  }

  remove(id: string): void {
    this.#members.delete(id);
  }

  /** More than half of the members with a vote run. */
  hasQuorum(): boolean {
    const voters = this.members.filter(({ isLearner }) => !isLearner);
    return voters.filter(({ isRunning }) => isRunning).length * 2 > voters.length;
  }
}

function randomId(): string {
  return randomBytes(8).toString("hex").replace(/^0+/, "");
}
