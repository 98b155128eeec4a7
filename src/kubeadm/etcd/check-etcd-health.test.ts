import { describe, expect, it } from "vitest";
import { clusterOf, listening, sessionWith } from "../../../test/support/etcd/joining-machine.ts";
import { checkEtcdHealth } from "./check-etcd-health.ts";

describe("the check of etcd's health", () => {
  it("is content with a majority, at once, and warns of who is away", async () => {
    const etcd = await clusterOf(3);
    etcd.cluster.membership.silence(etcd.members[2]?.id ?? "");
    // Longer than a test may take: waiting for the silent member would fail it.
    const { ports, texts } = listening(60_000);
    const session = await sessionWith(etcd, ports);
    await checkEtcdHealth(session, ports);
    expect(texts("warning")).toHaveLength(1);
    expect(texts("warning")[0]).toMatch(/^no response from the etcd member cp3 \(.*of which 2 respond/);
  });

  it("fails with what the members say of themselves", async () => {
    const etcd = await clusterOf(1);
    etcd.cluster.membership.reportErrors(etcd.members[0]?.id ?? "", ["memberID:1 alarm:NOSPACE"]);
    const { ports } = listening(100);
    const session = await sessionWith(etcd, ports);
    await expect(checkEtcdHealth(session, ports)).rejects.toMatchObject({
      code: "ETCD_UNHEALTHY",
      message: `etcd cluster is not healthy: member ${etcd.members[0]?.clientUrl} is not healthy: memberID:1 alarm:NOSPACE`,
    });
  });

  it("reports a lost quorum with its numbers", async () => {
    const etcd = await clusterOf(3);
    await Promise.all([etcd.members[1]?.stop(), etcd.members[2]?.stop()]);
    const { ports } = listening(100);
    await expect(sessionWith(etcd, ports)).rejects.toMatchObject({
      code: "ETCD_NO_QUORUM",
      message: expect.stringContaining("etcd has no leader: 3 voting members, of which 1 responds; etcd needs 2"),
    });
  });

  it("reports certificates that etcd's members reject", async () => {
    const etcd = await clusterOf(1);
    const stranger = await clusterOf(1);
    const { ports } = listening(100);
    await expect(sessionWith({ ...etcd, cluster: stranger.cluster }, ports)).rejects.toMatchObject({
      code: "ETCD_UNTRUSTED",
      message: expect.stringContaining("error syncing endpoints with etcd: "),
    });
  });
});
