// Clusters whose machines were joined by this program and by upstream's, and upstream's tools on what ours made.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LabHost } from "../../lab/lab-host.ts";
import {
  answersDns,
  type ControlPlaneLab,
  commandTimeoutMs,
  controlPlaneLab,
  isControlPlane,
  type Program,
  programs,
  votersAre,
} from "../support/control-plane/control-plane-lab.ts";

interface Mix {
  readonly first: Program;
  readonly second: Program;
}

describe.each<Mix>([
  { first: "upstream", second: "ours" },
  { first: "ours", second: "upstream" },
])("A cluster made by $first", ({ first, second }) => {
  let cluster: ControlPlaneLab;
  let cp1: LabHost;
  let cp2: LabHost;
  let w1: LabHost;
  beforeAll(async () => {
    cluster = await controlPlaneLab(`mixed-${first}`);
    [cp1, cp2, w1] = await cluster.addHosts("cp1", "cp2", "w1");
    await cluster.init(first, cp1);
  });
  afterAll(() => cluster?.[Symbol.asyncDispose]());

  test(`takes a control plane and a worker by ${second}`, async () => {
    await cluster.joins(cp2, { by: second, controlPlane: true });
    await isControlPlane(cluster.lab, cp2);
    await votersAre(cp1, "cp1", "cp2");
    await cluster.joins(w1, { by: second });
    await cluster.lab.waitForNode("w1");
    await answersDns(cluster.lab, w1);
  });

  const checkers: Program[] = ["upstream", "ours"];
  test.each(checkers)("has certificates that %s knows and dates", async (by) => {
    for (const host of [cp1, cp2]) {
      const text = await host.mustRun([programs[by], "certs", "check-expiration"], { timeoutMs: commandTimeoutMs });
      expect(text).not.toContain("<invalid>");
      // The first control plane alone has the file for emergencies.
      expect([...text.matchAll(/^!MISSING! (\S+)/gm)].map(([, name]) => name)).toEqual(
        host === cp1 ? [] : ["super-admin.conf"],
      );
      for (const name of ["admin.conf", "apiserver", "etcd-peer", "etcd-server", "front-proxy-client"]) {
        expect(text).toMatch(new RegExp(`^${name} .*364d`, "m"));
      }
      expect(text).toMatch(/^etcd-ca .*9y/m);
    }
  });

  test("has a configuration that upstream's finds valid", async () => {
    const path = "jsonpath={.data.ClusterConfiguration}";
    const stored = await cluster.lab.kubectl(["-n", "kube-system", "get", "configmap", "kubeadm-config", "-o", path]);
    await cp2.writeFile("/root/stored.yaml", stored.stdout);
    expect(await cp2.mustRun([programs.upstream, "config", "validate", "--config", "/root/stored.yaml"])).toBe("ok\n");
  });

  test("is planned an upgrade by upstream's, with nothing to repair", async () => {
    const plan = [programs.upstream, "upgrade", "plan", "v1.37.2", "--ignore-preflight-errors", "all"] as const;
    const { stdout, stderr } = await cp1.run(plan, { timeoutMs: commandTimeoutMs });
    expect(stdout + stderr).toContain("Cluster version: 1.37.2");
    expect(stdout + stderr).not.toMatch(/could not|failed to (get|read|parse)/i);
  });

  test("has its nodes upgraded by upstream's, which finds nothing amiss", async () => {
    for (const host of [cp2, w1]) {
      const upgrade = [programs.upstream, "upgrade", "node", "--ignore-preflight-errors", "all"] as const;
      const { exitCode, stderr } = await host.run(upgrade, { timeoutMs: commandTimeoutMs });
      expect(exitCode, stderr).toBe(0);
    }
    await isControlPlane(cluster.lab, cp2);
    await cluster.lab.waitForNode("w1");
  });

  test(`has certificates that ${second} renews and ${first} reads`, async () => {
    const serial = async (file: string) =>
      cp1.mustRun(["openssl", "x509", "-noout", "-serial", "-in", `/etc/kubernetes/pki/${file}.crt`]);
    const before = await serial("front-proxy-client");
    await cp1.mustRun([programs[second], "certs", "renew", "front-proxy-client"], { timeoutMs: commandTimeoutMs });
    expect(await serial("front-proxy-client")).not.toBe(before);
    const text = await cp1.mustRun([programs[first], "certs", "check-expiration"], { timeoutMs: commandTimeoutMs });
    expect(text).toMatch(/^front-proxy-client .*364d/m);
  });

  test(`has its control plane of ${second} reset by ${first}, and its member is gone`, async () => {
    const reset = await cp2.run([programs[first], "reset", "--force"], { timeoutMs: commandTimeoutMs });
    expect(reset.exitCode, reset.stderr).toBe(0);
    await votersAre(cp1, "cp1");
    // What an upgrade has kept of the old state below tmp stays, unless one asks for more.
    const left = await cp2.mustRun([
      "find",
      "/etc/kubernetes",
      "-path",
      "/etc/kubernetes/tmp",
      "-prune",
      "-o",
      "-type",
      "f",
      "-print",
    ]);
    expect(left).toBe("");
  });
});
