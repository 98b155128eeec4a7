import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { Secret } from "../../src/errors/secret.ts";
import { type ConnectEtcd, type Etcd, EtcdError, type EtcdSnapshotPart } from "../../src/etcd/etcd.ts";

/** Clusters in every state that a client has to tell apart; everything is JSON, so that another runtime can be given it. */
export interface EtcdClusters {
  readonly certificateAuthority: string;
  readonly clientCertificate: string;
  readonly clientKey: string;
  /** Three members that run; their client URLs. */
  readonly healthy: readonly string[];
  /** One voter, one learner that is in sync; and the learner's id. */
  readonly syncing: { readonly endpoint: string; readonly learner: string };
  /** One voter, one learner that has not started. */
  readonly behind: { readonly endpoint: string; readonly learner: string };
  /** One voter, to which members may be added. */
  readonly single: string;
  /** Three members that run, of which the first one leads. */
  readonly moving: readonly string[];
  /** Three members, the last one stopped; ids in the order of the endpoints. */
  readonly degraded: { readonly endpoints: readonly string[]; readonly ids: readonly string[] };
  /** Three members of which one runs. */
  readonly leaderless: string;
  /** One that takes requests and answers none. */
  readonly silent: string;
  /** One voter with a database of 8 MB. */
  readonly large: string;
  /** One voter each, whose snapshots are bad. */
  readonly cutOff: string;
  readonly stalling: string;
  /** Of another authority. */
  readonly impostor: string;
  /** Nothing listens there. */
  readonly absent: string;
}

export interface EtcdCase {
  readonly name: string;
  run(connect: ConnectEtcd, clusters: EtcdClusters): Promise<void>;
}

const options = { signal: new AbortController().signal, timeoutMs: 20_000 };
const shortly = { ...options, timeoutMs: 150 };

async function withEtcd(
  connect: ConnectEtcd,
  { clusters, endpoints }: { readonly clusters: EtcdClusters; readonly endpoints: readonly string[] },
  use: (etcd: Etcd) => Promise<void>,
): Promise<void> {
  const { certificateAuthority, clientCertificate, clientKey } = clusters;
  const etcd = connect(endpoints, { certificateAuthority, clientCertificate, clientKey: new Secret(clientKey) });
  try {
    await use(etcd);
  } finally {
    etcd.close();
  }
}

async function failure(call: Promise<unknown>): Promise<EtcdError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof EtcdError) return error;
    throw error;
  }
  throw new assert.AssertionError({ message: "the call succeeded" });
}

const streamOptions = { signal: options.signal, idleTimeoutMs: 2_000 };

async function drained(parts: AsyncIterable<EtcdSnapshotPart>): Promise<number> {
  let bytes = 0;
  for await (const part of parts) bytes += part.bytes.length;
  return bytes;
}

export const etcdCases: readonly EtcdCase[] = [
  {
    name: "sends a snapshot: the database, which the first part announces, and its digest",
    run: (connect, clusters) =>
      withEtcd(connect, { clusters, endpoints: clusters.healthy }, async (etcd) => {
        const [endpoint = ""] = clusters.healthy;
        const { databaseBytes } = await etcd.status(endpoint, options);
        const parts: EtcdSnapshotPart[] = [];
        for await (const part of etcd.snapshot(endpoint, streamOptions)) parts.push(part);
        const whole = Buffer.concat(parts.map(({ bytes }) => bytes));
        assert.equal(whole.length, databaseBytes + 32);
        assert.equal((parts[0]?.bytes.length ?? 0) + (parts[0]?.remainingBytes ?? 0), databaseBytes);
        const digest = createHash("sha256").update(whole.subarray(0, databaseBytes)).digest();
        assert.deepEqual(whole.subarray(databaseBytes), digest);
      }),
  },
  {
    name: "makes other calls while a snapshot is read slowly",
    run: (connect, clusters) =>
      withEtcd(connect, { clusters, endpoints: [clusters.large] }, async (etcd) => {
        let bytes = 0;
        for await (const part of etcd.snapshot(clusters.large, streamOptions)) {
          if (bytes === 0) assert.equal((await etcd.members(options)).length, 1);
          bytes += part.bytes.length;
        }
        const { databaseBytes } = await etcd.status(clusters.large, options);
        assert.equal(bytes, databaseBytes + 32);
      }),
  },
  {
    name: "reports a snapshot that ends early, and one that stops coming",
    run: (connect, clusters) =>
      withEtcd(connect, { clusters, endpoints: [clusters.cutOff] }, async (etcd) => {
        const cutOff = await failure(drained(etcd.snapshot(clusters.cutOff, streamOptions)));
        assert.ok(["other", "unavailable"].includes(cutOff.code), `${cutOff.code}: ${cutOff.message}`);
        const stalled = await failure(
          drained(etcd.snapshot(clusters.stalling, { ...streamOptions, idleTimeoutMs: 150 })),
        );
        assert.equal(`${stalled.code}: ${stalled.message}`, "timed-out: context deadline exceeded");
        const silent = await failure(drained(etcd.snapshot(clusters.silent, { ...streamOptions, idleTimeoutMs: 150 })));
        assert.equal(silent.code, "timed-out");
        const absent = await failure(drained(etcd.snapshot(clusters.absent, streamOptions)));
        assert.equal(absent.code, "unavailable");
        const impostor = await failure(drained(etcd.snapshot(clusters.impostor, streamOptions)));
        assert.equal(impostor.code, "untrusted");
      }),
  },
  {
    name: "ends a snapshot when its reader stops, when the signal aborts, and when it is closed",
    run: (connect, clusters) =>
      withEtcd(connect, { clusters, endpoints: [clusters.large] }, async (etcd) => {
        for await (const part of etcd.snapshot(clusters.large, streamOptions)) {
          assert.ok(part.bytes.length > 0);
          break;
        }
        const abort = new AbortController();
        const read = async () => {
          for await (const part of etcd.snapshot(clusters.large, { ...streamOptions, signal: abort.signal })) {
            assert.ok(part.bytes.length > 0);
            abort.abort(new Error("enough"));
          }
        };
        await assert.rejects(read(), { message: "enough" });
        const closing = async () => {
          for await (const _ of etcd.snapshot(clusters.large, streamOptions)) etcd.close();
        };
        assert.equal((await failure(closing())).code, "unavailable");
        assert.equal((await failure(drained(etcd.snapshot(clusters.large, streamOptions)))).code, "unavailable");
      }),
  },
  {
    name: "lists the members with their names, URLs and 64-bit ids",
    run: (connect, clusters) =>
      withEtcd(connect, { clusters, endpoints: clusters.healthy }, async (etcd) => {
        const members = await etcd.members(options);
        assert.deepEqual(
          members.map(({ name }) => name),
          ["cp1", "cp2", "cp3"],
        );
        assert.deepEqual(members[1]?.peerUrls, ["https://192.0.2.12:2380"]);
        assert.deepEqual(
          members.map(({ clientUrls }) => clientUrls[0]),
          clusters.healthy,
        );
        assert.deepEqual(
          members.map(({ isLearner }) => isLearner),
          [false, false, false],
        );
        for (const { id } of members) assert.match(id, /^[1-9a-f][0-9a-f]{8,15}$/);
      }),
  },
  {
    name: "asks the next endpoint where one refuses, one is silent and one is not trusted",
    run: (connect, clusters) => {
      const endpoints = [clusters.absent, clusters.silent, clusters.impostor, ...clusters.healthy];
      return withEtcd(connect, { clusters, endpoints }, async (etcd) => {
        assert.equal((await etcd.members(options)).length, 3);
      });
    },
  },
  {
    name: "asks the endpoint that answered first thing the next time",
    run: (connect, clusters) =>
      withEtcd(connect, { clusters, endpoints: [clusters.silent, ...clusters.healthy] }, async (etcd) => {
        await etcd.members(options);
        const started = performance.now();
        await etcd.members(options);
        assert.ok(performance.now() - started < 200);
      }),
  },
  {
    name: "gives the status of one member: its id, the leader and the version",
    run: (connect, clusters) =>
      withEtcd(connect, { clusters, endpoints: clusters.healthy }, async (etcd) => {
        const members = await etcd.members(options);
        const status = await etcd.status(clusters.healthy[1] ?? "", options);
        assert.equal(status.memberId, members[1]?.id);
        assert.equal(status.leaderId, members[0]?.id);
        assert.equal(status.version, "3.7.0");
        assert.deepEqual([status.isLearner, status.errors], [false, []]);
      }),
  },
  {
    name: "adds a learner, and refuses a second one and a peer URL that is there",
    run: (connect, clusters) =>
      withEtcd(connect, { clusters, endpoints: [clusters.absent, clusters.single] }, async (etcd) => {
        const { member, members } = await etcd.addLearner("https://192.0.2.31:2380", options);
        assert.deepEqual(
          { ...member, id: "" },
          { id: "", name: "", peerUrls: ["https://192.0.2.31:2380"], clientUrls: [], isLearner: true },
        );
        assert.deepEqual(
          members.map(({ name }) => name),
          ["cp1", ""],
        );
        const second = await failure(etcd.addLearner("https://192.0.2.32:2380", options));
        assert.equal(second.code, "too-many-learners");
        assert.equal(second.message, "etcdserver: too many learner members in cluster");
        const again = await failure(etcd.addLearner("https://192.0.2.31:2380", options));
        assert.equal(again.code, "peer-url-exists");
        const rest = await etcd.remove(member.id, options);
        assert.deepEqual(
          rest.map(({ name }) => name),
          ["cp1"],
        );
        assert.equal((await failure(etcd.remove(member.id, options))).code, "member-not-found");
      }),
  },
  {
    name: "lets the leader, and no one else, transfer its leadership to another voter",
    run: (connect, clusters) =>
      withEtcd(connect, { clusters, endpoints: clusters.moving }, async (etcd) => {
        const [first = "", second = "", third = ""] = clusters.moving;
        const successor = (await etcd.status(second, options)).memberId;
        const refused = await failure(etcd.moveLeader(third, successor, options));
        assert.equal(`${refused.code}: ${refused.message}`, "other: etcdserver: not leader");
        const unknown = await failure(etcd.moveLeader(first, "1234abcd", options));
        assert.equal(`${unknown.code}: ${unknown.message}`, "other: etcdserver: bad leader transferee");
        await etcd.moveLeader(first, successor, options);
        assert.equal((await etcd.status(third, options)).leaderId, successor);
        assert.equal((await failure(etcd.moveLeader(first, successor, options))).message, "etcdserver: not leader");
      }),
  },
  {
    name: "tells that the leader waited without success for the member that was to lead",
    run: (connect, clusters) =>
      withEtcd(connect, { clusters, endpoints: clusters.degraded.endpoints }, async (etcd) => {
        const [leader = ""] = clusters.degraded.endpoints;
        const late = await failure(etcd.moveLeader(leader, clusters.degraded.ids[2] ?? "", options));
        assert.equal(
          `${late.code}: ${late.message}`,
          "timed-out: etcdserver: request timed out, leader transfer took too long",
        );
      }),
  },
  {
    name: "promotes a learner that is in sync, once",
    run: (connect, clusters) =>
      withEtcd(connect, { clusters, endpoints: [clusters.syncing.endpoint] }, async (etcd) => {
        const members = await etcd.promote(clusters.syncing.learner, options);
        assert.deepEqual(
          members.map(({ isLearner }) => isLearner),
          [false, false],
        );
        assert.equal((await failure(etcd.promote(clusters.syncing.learner, options))).code, "not-a-learner");
      }),
  },
  {
    name: "does not promote a learner that has not started",
    run: (connect, clusters) =>
      withEtcd(connect, { clusters, endpoints: [clusters.behind.endpoint] }, async (etcd) => {
        const refused = await failure(etcd.promote(clusters.behind.learner, options));
        assert.equal(refused.code, "learner-not-ready");
        assert.equal(refused.message, "etcdserver: can only promote a learner member which is in sync with leader");
        assert.equal((await failure(etcd.promote("1234abcd", options))).code, "member-not-found");
      }),
  },
  {
    name: "takes no new member while a voter is away",
    run: (connect, clusters) =>
      withEtcd(connect, { clusters, endpoints: [...clusters.degraded.endpoints].reverse() }, async (etcd) => {
        const refused = await failure(etcd.addLearner("https://192.0.2.40:2380", options));
        assert.deepEqual([refused.code, refused.message], ["unhealthy", "etcdserver: unhealthy cluster"]);
      }),
  },
  {
    name: "removes no member whose loss would end the quorum",
    run: (connect, clusters) =>
      withEtcd(connect, { clusters, endpoints: clusters.degraded.endpoints }, async (etcd) => {
        const refused = await failure(etcd.remove(clusters.degraded.ids[0] ?? "", options));
        assert.equal(refused.code, "unhealthy");
        assert.match(refused.message, /not enough started members/);
      }),
  },
  {
    name: "tells that there is no quorum: no list, but a status without leader",
    run: (connect, clusters) =>
      withEtcd(connect, { clusters, endpoints: [clusters.leaderless] }, async (etcd) => {
        assert.equal((await failure(etcd.members(options))).code, "timed-out");
        const status = await etcd.status(clusters.leaderless, options);
        assert.deepEqual([status.leaderId, status.errors], ["", ["etcdserver: no leader"]]);
      }),
  },
  {
    name: "tells a member that no one answers for, one that keeps silent, and one of another authority",
    run: (connect, clusters) =>
      withEtcd(connect, { clusters, endpoints: [clusters.absent] }, async (etcd) => {
        const absent = await failure(etcd.members(options));
        assert.equal(absent.code, "unavailable");
        const { host } = new URL(clusters.absent);
        assert.match(absent.message, new RegExp(`dial tcp ${host}: connect: connection refused`));
        assert.equal((await failure(etcd.status(clusters.silent, shortly))).code, "timed-out");
        const impostor = await failure(etcd.status(clusters.impostor, options));
        assert.equal(impostor.code, "untrusted");
        assert.match(impostor.message, /authentication handshake failed.*certificate signed by unknown authority/);
      }),
  },
  {
    name: "skips an endpoint that is no URL, and tells it where there is no other",
    run: (connect, clusters) =>
      withEtcd(connect, { clusters, endpoints: ["https://[192.0.2.1", clusters.single] }, async (etcd) => {
        assert.equal((await etcd.members(options)).length > 0, true);
        const malformed = await failure(etcd.status("https://[192.0.2.1", options));
        assert.equal(
          `${malformed.code}: ${malformed.message}`,
          'unavailable: "https://[192.0.2.1" is not a URL of etcd',
        );
      }),
  },
  {
    name: "is ended by the signal, with its reason",
    run: (connect, clusters) =>
      withEtcd(connect, { clusters, endpoints: [clusters.silent] }, async (etcd) => {
        const abort = new AbortController();
        const calls = [
          etcd.members({ ...options, signal: abort.signal }),
          etcd.status(clusters.silent, { ...options, signal: abort.signal }),
        ];
        setTimeout(() => abort.abort(new Error("enough")), 30);
        for (const call of calls) await assert.rejects(call, { message: "enough" });
      }),
  },
  {
    name: "makes no call once it is closed",
    run: (connect, clusters) =>
      withEtcd(connect, { clusters, endpoints: clusters.healthy }, async (etcd) => {
        await etcd.members(options);
        etcd.close();
        assert.equal((await failure(etcd.members(options))).code, "unavailable");
      }),
  },
];
