import { describe, expect, it } from "vitest";
import {
  clusterOf,
  failure,
  join,
  listOf,
  peerUrlOf,
  type Setting,
} from "../../../test/support/etcd/joining-machine.ts";
import { freePort } from "../../../test/support/free-port.ts";
import { defined } from "../../values/defined.ts";
import { initialCluster } from "./add-member.ts";

describe("a control plane that joins etcd", () => {
  it("becomes a voting member once it is in sync", async () => {
    const etcd = await clusterOf(1, { syncMs: 150 });
    const { outcome, initialCluster, types, stopped } = await join(etcd, 2);
    expect(outcome).toMatchObject({ status: "fulfilled" });
    expect(listOf(etcd)).toEqual(["cp1", "cp2"]);
    expect(initialCluster).toEqual([
      { name: "cp1", peerUrl: peerUrlOf(1) },
      { name: "cp2", peerUrl: peerUrlOf(2) },
    ]);
    expect(types()).toEqual(["etcd.member.announced", "manifest.writing", "etcd.member.waiting"]);
    expect(stopped).toBe(false);
  });

  describe("whose member has applied its announcement and serves nobody", () => {
    /** Silent from its start on, until it is started again. */
    async function joinWithSilentMember(
      setting: Pick<Setting, "appliedIndex"> & { readonly restarts?: boolean; readonly comesBack?: boolean },
    ) {
      const etcd = await clusterOf(1);
      const { membership } = etcd.cluster;
      const clientPort = await freePort();
      const idOf = () => membership.members.find(({ name }) => name === "cp2")?.id ?? "";
      const joined = await join(etcd, 2, {
        clientUrl: `https://127.0.0.1:${clientPort}`,
        ...defined({ appliedIndex: setting.appliedIndex }),
        kubelet: async () => {
          await etcd.cluster.startMember({ name: "cp2", peerUrl: peerUrlOf(2), clientPort });
          membership.silence(idOf());
          if (setting.restarts === true) return;
          etcd.later(1_200, () => membership.silence(idOf(), false));
        },
        restart: async () => {
          if (setting.restarts !== true) return false;
          expect(membership.member(idOf())).toMatchObject({ isLearner: true });
          if (setting.comesBack !== false) membership.silence(idOf(), false);
          return true;
        },
      });
      return { etcd, ...joined };
    }

    it("has it started again while it has no vote", async () => {
      const { etcd, outcome, restarts, types } = await joinWithSilentMember({ appliedIndex: 1e6, restarts: true });
      expect(outcome).toMatchObject({ status: "fulfilled" });
      expect(restarts).toBe(1);
      expect(types()).toContain("etcd.member.restarting");
      expect(listOf(etcd)).toEqual(["cp1", "cp2"]);
    });

    it("gets no vote where it does not come back, and is taken out again", async () => {
      const { etcd, outcome, stopped } = await joinWithSilentMember({
        appliedIndex: 1e6,
        restarts: true,
        comesBack: false,
      });
      expect(outcome).toMatchObject(failure("ETCD_NOT_STARTED", /status of member .* is not available/));
      expect(stopped).toBe(true);
      expect(listOf(etcd)).toEqual(["cp1"]);
    });

    it("waits where it cannot be started again", async () => {
      const { outcome, restarts } = await joinWithSilentMember({ appliedIndex: 1e6 });
      expect(outcome).toMatchObject({ status: "fulfilled" });
      expect(restarts).toBe(1);
    });

    it.each([
      { what: "may still be on its way to the announcement", appliedIndex: 0 },
      { what: "does not tell how far it has come" },
    ])("leaves one alone that $what", async (setting) => {
      const { outcome, restarts } = await joinWithSilentMember(setting);
      expect(outcome).toMatchObject({ status: "fulfilled" });
      expect(restarts).toBe(0);
    });
  });

  it("continues with a member that an earlier try has announced", async () => {
    const etcd = await clusterOf(2);
    const { id } = etcd.cluster.membership.add([peerUrlOf(3)], true);
    expect((await join(etcd, 3)).outcome).toMatchObject({ status: "fulfilled" });
    expect(etcd.cluster.membership.member(id)).toMatchObject({ name: "cp3", isLearner: false });
  });

  it("continues with a member that has its data on this machine, and leaves it in the list when that fails", async () => {
    const etcd = await clusterOf(1, { syncMs: 2_000 });
    const { id } = etcd.cluster.membership.add([peerUrlOf(2)], true);
    await etcd.cluster.startMember({ name: "cp2", peerUrl: peerUrlOf(2) });
    const again = { data: { kind: "member", memberId: id, clusterId: "1" }, kubelet: async () => undefined } as const;
    const failed = await join(etcd, 2, { ...again, timeoutMs: 50 });
    expect(failed.outcome).toMatchObject(failure("ETCD_NOT_IN_SYNC"));
    expect([listOf(etcd), failed.discarded]).toEqual([["cp1", "cp2 (learner)"], false]);
    expect((await join(etcd, 2, again)).outcome).toMatchObject({ status: "fulfilled" });
    expect(listOf(etcd)).toEqual(["cp1", "cp2"]);
  });

  it("that waits too long for its turn gets an error that names the member before it", async () => {
    const etcd = await clusterOf(1);
    const { id } = etcd.cluster.membership.add([peerUrlOf(2)], true);
    const { outcome } = await join(etcd, 3, { timeoutMs: 1_500 });
    expect(outcome).toMatchObject(failure("ETCD_LEARNER_PENDING"));
    expect(listOf(etcd)).toEqual(["cp1", " (learner)"]);
    expect(outcome).toMatchObject({ reason: { remedy: expect.stringContaining(`member remove ${id}`) } });
  });

  it("waits its turn while another one joins, and says for whom", async () => {
    const etcd = await clusterOf(1);
    const other = etcd.cluster.membership.add([peerUrlOf(2)], true);
    etcd.later(250, () => etcd.cluster.membership.remove(other.id));
    const { outcome, texts } = await join(etcd, 3);
    expect(outcome).toMatchObject({ status: "fulfilled" });
    expect(texts("wait.progress")).toEqual([
      `another control plane is joining, its member is an unnamed member (${other.id}, ${peerUrlOf(2)})`,
    ]);
  });

  it("names the member that is away with the numbers and the command that removes it", async () => {
    const etcd = await clusterOf(3);
    await etcd.members[2]?.stop();
    const { outcome } = await join(etcd, 4, { timeoutMs: 1_500 });
    expect(outcome).toMatchObject(failure("ETCD_UNHEALTHY", /etcdserver: unhealthy cluster: no response from cp3 \(/));
    expect(outcome).toMatchObject({
      reason: {
        message: expect.stringContaining("3 voting members, of which 2 respond; etcd needs 2 for quorum"),
        remedy: expect.stringContaining(`exec etcd-cp1 -- etcdctl`),
      },
    });
    expect(outcome).toMatchObject({ reason: { remedy: expect.stringContaining(`remove ${etcd.members[2]?.id}`) } });
    expect(listOf(etcd)).toEqual(["cp1", "cp2", "cp3"]);
  });
});

it("--initial-cluster has the new member under its node's name, and unstarted ones under their ids", () => {
  const of = (id: string, name: string) => ({
    id,
    name,
    peerUrls: [`https://${id}:2380`],
    clientUrls: [],
    isLearner: false,
  });
  const member = of("c", "");
  const members = [of("a", "cp1"), of("b", ""), member];
  expect(initialCluster("cp3", { member, members, isUnstarted: true })).toEqual([
    { name: "cp1", peerUrl: "https://a:2380" },
    { name: "b", peerUrl: "https://b:2380" },
    { name: "cp3", peerUrl: "https://c:2380" },
  ]);
});

describe("etcd is not started", () => {
  it("on the data of a member that is not in the cluster", async () => {
    const etcd = await clusterOf(1);
    const data = { kind: "member", memberId: "abc", clusterId: "def" } as const;
    const { outcome, initialCluster } = await join(etcd, 2, { data });
    expect(outcome).toMatchObject(
      failure("ETCD_DATA_FOREIGN", /data of the member abc \(cluster def\), which is not in this cluster/),
    );
    expect([initialCluster, listOf(etcd)]).toEqual([[], ["cp1"]]);
  });

  it("on the data of another member of the cluster", async () => {
    const etcd = await clusterOf(2);
    const data = { kind: "member", memberId: etcd.members[1]?.id ?? "", clusterId: "1" } as const;
    const { outcome } = await join(etcd, 3, { data });
    expect(outcome).toMatchObject(failure("ETCD_DATA_FOREIGN", /data of the member cp2 .*does not listen at/));
    expect(listOf(etcd)).toEqual(["cp1", "cp2"]);
  });

  it("where the member has run before and its data is gone", async () => {
    const etcd = await clusterOf(2);
    const { outcome } = await join(etcd, 2);
    expect(outcome).toMatchObject(failure("ETCD_MEMBER_EXISTS", /cp2 .*whose data is no longer in \/var\/lib\/etcd/));
    expect(outcome).toMatchObject({ reason: { remedy: expect.stringContaining("exec etcd-cp1 --") } });
    expect(listOf(etcd)).toEqual(["cp1", "cp2"]);
  });
});

describe("data that an interrupted run has left half-made", () => {
  it.each([
    ["continues", true, { status: "fulfilled" }, ["cp1", "cp2"]],
    ["is foreign to a run that knows of no other", false, failure("ETCD_DATA_FOREIGN"), ["cp1", " (learner)"]],
  ])("%s", async (_, wasBegun, expected, members) => {
    const etcd = await clusterOf(1);
    etcd.cluster.membership.add([peerUrlOf(2)], true);
    const { outcome } = await join(etcd, 2, { data: { kind: "unknown" }, wasBegun });
    expect(outcome).toMatchObject(expected);
    expect(listOf(etcd)).toEqual(members);
  });
});

describe("a join that fails", () => {
  it("takes a member that never started out again, with its static Pod and its data", async () => {
    const etcd = await clusterOf(1);
    const joined = await join(etcd, 2, { timeoutMs: 1_500, kubelet: async () => undefined });
    expect(joined.outcome).toMatchObject(failure("ETCD_NOT_STARTED", /^the etcd member [0-9a-f]+ is not started$/));
    expect(listOf(etcd)).toEqual(["cp1"]);
    expect([joined.stopped, joined.discarded]).toEqual([true, true]);
  });

  it("reports what is wrong with its own etcd, with etcd's last lines", async () => {
    const etcd = await clusterOf(1);
    const diagnosis = { code: "CONTROL_PLANE_CRASH_LOOP", lines: ["fatal: no"], isFinal: false } as const;
    const joined = await join(etcd, 2, {
      timeoutMs: 1_500,
      kubelet: async () => undefined,
      diagnose: async ({ last }) => ({ ...diagnosis, reason: last ? "etcd exited" : "too early", remedy: "Fix it." }),
    });
    expect(joined.outcome).toMatchObject({
      reason: {
        code: "ETCD_NOT_STARTED",
        cause: { message: "etcd exited" },
        remedy: "Fix it.",
        details: { trouble: "CONTROL_PLANE_CRASH_LOOP", log: ["fatal: no"] },
      },
    });
    expect(listOf(etcd)).toEqual(["cp1"]);
  });

  it("ends soon where its own etcd will never start, having said so", async () => {
    const etcd = await clusterOf(1);
    const diagnosis = { code: "KUBELET_CRASH_LOOP", reason: "the kubelet exited", lines: [] } as const;
    let looks = 0;
    const joined = await join(etcd, 2, {
      timeoutMs: 60_000,
      kubelet: async () => undefined,
      diagnose: async () => ({ ...diagnosis, isFinal: ++looks > 1 }),
    });
    expect(joined.outcome).toMatchObject({
      reason: { code: "ETCD_NOT_STARTED", cause: { message: "the kubelet exited" } },
    });
    expect(joined.texts("wait.progress")).toEqual(["the kubelet exited"]);
    expect(listOf(etcd)).toEqual(["cp1"]);
  });

  it("takes a learner that did not catch up out again", async () => {
    const etcd = await clusterOf(1, { syncMs: 60_000 });
    const joined = await join(etcd, 2, { timeoutMs: 1_500 });
    expect(joined.outcome).toMatchObject(
      failure("ETCD_NOT_IN_SYNC", "etcdserver: can only promote a learner member which is in sync with leader"),
    );
    expect(listOf(etcd)).toEqual(["cp1"]);
    expect([joined.stopped, joined.discarded]).toEqual([true, true]);
  });

  it("stops a member only when it is in the list no more: its promotion may come to be yet", async () => {
    const etcd = await clusterOf(1, { syncMs: 60_000 });
    expect((await join(etcd, 2, { timeoutMs: 1_500 })).listAtStop).toEqual(["cp1"]);
  });

  it("lets a member that has its vote by then run on, and says so", async () => {
    const etcd = await clusterOf(1);
    const abort = new AbortController();
    const joining = join(etcd, 2, {
      signal: abort.signal,
      kubelet: async () => {
        await etcd.cluster.startMember({ name: "cp2", peerUrl: peerUrlOf(2) });
        for (const { id } of etcd.cluster.membership.members) etcd.cluster.membership.change(id, { isLearner: false });
        abort.abort();
      },
    });
    const { outcome, stopped, texts } = await joining;
    expect(outcome).toMatchObject(failure("CANCELLED"));
    expect([listOf(etcd), stopped]).toEqual([["cp1", "cp2"], false]);
    expect(texts("warning")[0]).toMatch(/^cp2 .* is already a voting member of etcd, so it keeps running/);
  });

  it("ends immediately when its signal aborts, and leaves no member behind", async () => {
    const etcd = await clusterOf(1);
    const abort = new AbortController();
    // The time-out is longer than a test may take.
    const joining = join(etcd, 2, { signal: abort.signal, timeoutMs: 600_000, kubelet: async () => abort.abort() });
    expect((await joining).outcome).toMatchObject(failure("CANCELLED"));
    expect(listOf(etcd)).toEqual(["cp1"]);
  });

  it("reports a member that was removed by someone else meanwhile", async () => {
    const etcd = await clusterOf(1);
    const kubelet = async () => {
      const learner = etcd.cluster.membership.members.find(({ isLearner }) => isLearner);
      etcd.cluster.membership.remove(learner?.id ?? "");
    };
    expect((await join(etcd, 2, { kubelet })).outcome).toMatchObject(failure("ETCD_MEMBER_REMOVED"));
  });
});
