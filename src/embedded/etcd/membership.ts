import { randomBytes } from "node:crypto";
import type { Clock } from "../../async/clock.ts";
import type { EtcdMember, EtcdStatus } from "../../etcd/etcd.ts";
import { localClock } from "../../host/local/clock.ts";
import { type SnapshotFault, wholePages } from "./snapshot.ts";

export interface MemberRecord extends EtcdMember {
  /** Its process is running. */
  readonly isRunning: boolean;
  /** Of its program when it last ran: "3.7.0". */
  readonly version: string;
}

/** A refusal with its gRPC status code; the messages are etcd's. */
export class EtcdRefusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = "EtcdRefusal";
    this.status = status;
  }
}

/** Of a member that does not say which one it has. */
const newestVersion = "3.7.0";

const grpc = { unknown: 2, notFound: 5, failedPrecondition: 9, unavailable: 14 } as const;

const refusals = {
  tooManyLearners: [grpc.failedPrecondition, "etcdserver: too many learner members in cluster"],
  notInSync: [grpc.failedPrecondition, "etcdserver: can only promote a learner member which is in sync with leader"],
  notLearner: [grpc.failedPrecondition, "etcdserver: can only promote a learner member"],
  peerUrlExists: [grpc.failedPrecondition, "etcdserver: Peer URLs already exists"],
  notFound: [grpc.notFound, "etcdserver: member not found"],
  unhealthy: [grpc.unavailable, "etcdserver: unhealthy cluster"],
  // etcd sends it without a specific status, as that of a transfer:
  // https://github.com/etcd-io/etcd/blob/main/server/etcdserver/errors/errors.go
  notEnoughStarted: [grpc.unknown, "etcdserver: re-configuration failed due to not enough started members"],
  timedOut: [grpc.unavailable, "etcdserver: request timed out"],
  transferTimedOut: [grpc.unknown, "etcdserver: request timed out, leader transfer took too long"],
  notLeader: [grpc.failedPrecondition, "etcdserver: not leader"],
  badTransferee: [grpc.failedPrecondition, "etcdserver: bad leader transferee"],
  notForLearner: [grpc.unavailable, "etcdserver: rpc not supported for learner"],
} as const;

function refusal(name: keyof typeof refusals): EtcdRefusal {
  const [status, message] = refusals[name];
  return new EtcdRefusal(status, message);
}

export interface MembershipOptions {
  /** Milliseconds from the start of a learner until it has caught up with the leader; 0 by default. */
  readonly syncMs?: number;
  /** Size of the database at the start; 2 MB by default. It grows with each entry of the log. */
  readonly databaseBytes?: number;
  /** By which learners catch up; the real one by default. */
  readonly clock?: Pick<Clock, "monotonic">;
}

/**
 * The member list of an etcd cluster and the rules for changing it: one learner at a time, no promotion before the
 * learner is in sync, no change without a quorum or, by the strict check of reconfigurations, while a voter is away.
 * All members share one object: what raft agrees on is available immediately.
 */
export class EtcdMembership {
  readonly #members = new Map<string, MemberRecord>();
  readonly #inSyncAt = new Map<string, number>();
  readonly #errors = new Map<string, readonly string[]>();
  readonly #silent = new Set<string>();
  readonly #snapshotFaults = new Map<string, SnapshotFault>();
  readonly #initialBytes: number;
  readonly #clock: Pick<Clock, "monotonic">;
  #leaderId = "";
  #appliedIndex = 0;
  /** May be changed while the cluster is running. */
  syncMs: number;

  constructor({ syncMs = 0, databaseBytes = 2_000_000, clock = localClock }: MembershipOptions = {}) {
    this.#clock = clock;
    this.syncMs = syncMs;
    this.#initialBytes = databaseBytes;
  }

  get members(): readonly MemberRecord[] {
    return [...this.#members.values()];
  }

  member(id: string): MemberRecord | undefined {
    return this.#members.get(id);
  }

  /** Adds an unstarted entry to the list without applying the rules: for founding a cluster and for tests. */
  add(peerUrls: readonly string[], isLearner: boolean): MemberRecord {
    const member = {
      id: randomId(),
      name: "",
      peerUrls,
      clientUrls: [],
      isLearner,
      isRunning: false,
      version: newestVersion,
    };
    this.#members.set(member.id, member);
    return member;
  }

  change(id: string, changes: Partial<Omit<MemberRecord, "id">>): void {
    const member = this.#members.get(id);
    if (member === undefined) return;
    this.#members.set(id, { ...member, ...changes });
    this.#appliedIndex += 1;
    if (changes.isRunning === true) this.#inSyncAt.set(id, this.#clock.monotonic() + this.syncMs);
  }

  remove(id: string): void {
    this.#members.delete(id);
  }

  /** Sets the errors that a member reports about itself from now on. */
  reportErrors(id: string, errors: readonly string[]): void {
    this.#errors.set(id, errors);
  }

  /** Makes a member accept requests and never answer them, or answer again. */
  silence(id: string, isSilent = true): void {
    if (isSilent) this.#silent.add(id);
    else this.#silent.delete(id);
  }

  isSilent(id: string): boolean {
    return this.#silent.has(id);
  }

  /** Makes a member send bad snapshots, or good ones again. */
  spoilSnapshots(id: string, fault?: SnapshotFault): void {
    if (fault === undefined) this.#snapshotFaults.delete(id);
    else this.#snapshotFaults.set(id, fault);
  }

  snapshotFault(id: string): SnapshotFault | undefined {
    return this.#snapshotFaults.get(id);
  }

  /** Reports whether more than half of the voting members run. */
  hasQuorum(): boolean {
    const voters = this.#voters();
    return voters.filter(({ isRunning }) => isRunning).length * 2 > voters.length;
  }

  /** Returns the response from the member `asked` to MemberList; one that is not linearizable needs no quorum. */
  list(asked: string, { linearizable }: { readonly linearizable: boolean }): readonly EtcdMember[] {
    if (linearizable) this.#requireAgreement(asked);
    return this.members;
  }

  addMember(asked: string, peerUrls: readonly string[], isLearner: boolean): EtcdMember {
    this.#requireAgreement(asked);
    if (!isLearner && this.members.some(({ name }) => name === "")) throw refusal("notEnoughStarted");
    if (this.#voters().some(({ isRunning }) => !isRunning)) throw refusal("unhealthy");
    if (this.members.some((member) => member.peerUrls.some((url) => peerUrls.includes(url)))) {
      throw refusal("peerUrlExists");
    }
    if (isLearner && this.members.some((member) => member.isLearner)) throw refusal("tooManyLearners");
    return this.add(peerUrls, isLearner);
  }

  promote(asked: string, id: string): void {
    this.#requireAgreement(asked);
    const member = this.#members.get(id);
    if (member === undefined) throw refusal("notFound");
    if (!member.isLearner) throw refusal("notLearner");
    const inSyncAt = this.#inSyncAt.get(id) ?? Number.POSITIVE_INFINITY;
    if (!member.isRunning || this.#clock.monotonic() < inSyncAt) throw refusal("notInSync");
    this.change(id, { isLearner: false });
  }

  removeMember(asked: string, id: string): void {
    this.#requireAgreement(asked);
    const member = this.#members.get(id);
    if (member === undefined) throw refusal("notFound");
    const others = this.#voters().filter((voter) => voter.id !== id);
    const started = others.filter(({ isRunning }) => isRunning).length;
    if (!member.isLearner && started < Math.floor(others.length / 2) + 1) throw refusal("notEnoughStarted");
    this.remove(id);
  }

  /** Makes another voter the leader. The real etcd waits some seconds for one that is away. */
  moveLeader(asked: string, id: string): void {
    if (asked !== this.#leader()) throw refusal("notLeader");
    const member = this.#members.get(id);
    if (member === undefined || member.isLearner) throw refusal("badTransferee");
    if (!member.isRunning) throw refusal("transferTimedOut");
    this.#leaderId = id;
  }

  /** The number of changes of the list, as if each was one entry of the log. */
  get appliedIndex(): number {
    return this.#appliedIndex;
  }

  status(asked: string): EtcdStatus {
    const member = this.#members.get(asked);
    const leaderId = this.#leader();
    const errors = [...(this.#errors.get(asked) ?? []), ...(leaderId === "" ? ["etcdserver: no leader"] : [])];
    return {
      memberId: asked,
      leaderId,
      version: member?.version ?? newestVersion,
      isLearner: member?.isLearner ?? false,
      appliedIndex: this.#appliedIndex,
      databaseBytes: wholePages(this.#initialBytes + 1_000 * this.#appliedIndex),
      usedBytes: 1_000_000,
      quotaBytes: 2 * 1024 ** 3,
      errors,
    };
  }

  /** Returns the id of the leader, which leads until it ends; "" without a quorum. */
  #leader(): string {
    const running = this.#voters().filter(({ isRunning }) => isRunning);
    if (!running.some(({ id }) => id === this.#leaderId)) this.#leaderId = running[0]?.id ?? "";
    return this.hasQuorum() ? this.#leaderId : "";
  }

  #voters(): readonly MemberRecord[] {
    return this.members.filter(({ isLearner }) => !isLearner);
  }

  /** The checks of every call except Status. The real etcd lets a call without quorum wait for some seconds. */
  #requireAgreement(asked: string): void {
    if (this.#members.get(asked)?.isLearner === true) throw refusal("notForLearner");
    if (!this.hasQuorum()) throw refusal("timedOut");
  }
}

function randomId(): string {
  return randomBytes(8).toString("hex").replace(/^0+/, "");
}
