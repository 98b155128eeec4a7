// This program and upstream's, both of the next release, make and change clusters of the release before together.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LabHost } from "../../../lab/lab-host.ts";
import { DEFAULT_VERSION } from "../../../lab/versions.ts";
import {
  answersDns,
  type ControlPlaneLab,
  commandTimeoutMs,
  isControlPlane,
  leaves,
  type Program,
  programs,
  votersAre,
} from "../../support/control-plane/control-plane-lab.ts";
import { nextRelease, nextReleaseLab } from "../../support/control-plane/next-release-lab.ts";

interface Mix {
  readonly first: Program;
  readonly second: Program;
}

/** Each static Pod may take five minutes on a busy machine. */
const upgradeTimeoutMs = 1_200_000;

const both: readonly Program[] = ["upstream", "ours"];

describe.each<Mix>([
  { first: "upstream", second: "ours" },
  { first: "ours", second: "upstream" },
])(`A cluster of ${DEFAULT_VERSION} made by $first, of ${nextRelease},`, ({ first, second }) => {
  let cluster: ControlPlaneLab;
  let cp1: LabHost;
  let cp2: LabHost;
  let w1: LabHost;
  const run = (host: LabHost, by: Program, ...args: readonly string[]) =>
    host.run([programs[by], ...args], { timeoutMs: commandTimeoutMs });
  const mustRun = (host: LabHost, by: Program, ...args: readonly string[]) =>
    host.mustRun([programs[by], ...args], { timeoutMs: commandTimeoutMs });

  beforeAll(async () => {
    cluster = await nextReleaseLab(`next-${first}`);
    [cp1, cp2, w1] = await cluster.addHosts("cp1", "cp2", "w1");
    await cluster.init(first, cp1);
  });
  afterAll(() => cluster?.[Symbol.asyncDispose]());

  test.each(both)("was made by %s of the next release", async (by) => {
    expect(await mustRun(cp1, by, "version", "--output", "short")).toBe(`v${nextRelease}\n`);
  });

  test(`takes a control plane and a worker by ${second}`, async () => {
    await cluster.joins(cp2, { by: second, controlPlane: true });
    await isControlPlane(cluster.lab, cp2);
    await votersAre(cp1, "cp1", "cp2");
    await cluster.joins(w1, { by: second });
    await cluster.lab.waitForNode("w1");
    await answersDns(cluster.lab, w1);
  });

  test("runs the etcd and the CoreDNS of the next release's lists", async () => {
    const wanted = (await mustRun(cp1, "upstream", "config", "images", "list", "--kubernetes-version", DEFAULT_VERSION))
      .trim()
      .split("\n");
    const path = "jsonpath={.items[*].spec.containers[*].image}";
    const { stdout } = await cluster.lab.kubectl(["-n", "kube-system", "get", "pods", "-o", path]);
    const running = new Set(stdout.split(" "));
    expect([...running].toSorted()).toEqual(wanted.filter((image) => !image.includes("/pause:")).toSorted());
  });

  test.each(both)("has certificates that %s knows and dates", async (by) => {
    for (const host of [cp1, cp2]) {
      const text = await mustRun(host, by, "certs", "check-expiration");
      for (const name of ["admin.conf", "apiserver", "etcd-peer", "etcd-server", "front-proxy-client"]) {
        expect(text).toMatch(new RegExp(`^${name} .*364d`, "m"));
      }
    }
  });

  test(`has certificates that ${second} renews and ${first} reads`, async () => {
    const serial = () =>
      cp1.mustRun(["openssl", "x509", "-noout", "-serial", "-in", "/etc/kubernetes/pki/front-proxy-client.crt"]);
    const before = await serial();
    await mustRun(cp1, second, "certs", "renew", "front-proxy-client");
    expect(await serial()).not.toBe(before);
    expect(await mustRun(cp1, first, "certs", "check-expiration")).toMatch(/^front-proxy-client .*364d/m);
  });

  test(`has tokens that ${second} creates, ${first} lists, and ${second} deletes`, async () => {
    const token = (
      await mustRun(cp1, second, "token", "create", "--ttl", "1h", "--description", "of the other")
    ).trim();
    expect(await mustRun(cp1, first, "token", "list")).toMatch(new RegExp(`^${token} .*of the other`, "m"));
    await mustRun(cp1, second, "token", "delete", token);
    expect(await mustRun(cp1, first, "token", "list")).not.toContain(token);
  });

  test("has a configuration that both find valid", async () => {
    const path = "jsonpath={.data.ClusterConfiguration}";
    const stored = await cluster.lab.kubectl(["-n", "kube-system", "get", "configmap", "kubeadm-config", "-o", path]);
    await cp2.writeFile("/root/stored.yaml", stored.stdout);
    for (const by of both)
      expect(await mustRun(cp2, by, "config", "validate", "--config", "/root/stored.yaml")).toBe("ok\n");
  });

  test("is planned the same upgrade by both", async () => {
    const plans = await Promise.all(
      both.map(async (by) => {
        const flags = ["--ignore-preflight-errors", "all", "--allow-experimental-upgrades"];
        const { stdout, stderr, exitCode } = await run(cp1, by, "upgrade", "plan", `v${nextRelease}`, ...flags);
        expect(exitCode, stderr).toBe(0);
        expect(stdout).toContain(`Cluster version: ${DEFAULT_VERSION}`);
        const isChange = /^(kube|etcd|CoreDNS).* v?\d\S+$|^\tkubeadm upgrade apply /;
        // Upstream's shows the same upgrade once for each label that the version stands for.
        return [...new Set(stdout.split("\n").filter((line) => isChange.test(line)))];
      }),
    );
    expect(plans[0]?.join("\n")).toMatch(
      new RegExp(`^kube-apiserver +cp1 +v${DEFAULT_VERSION} +v${nextRelease}$`, "m"),
    );
    expect(plans[1]).toEqual(plans[0]);
  });

  test(
    "has its nodes upgraded by the other program, which finds nothing amiss",
    async () => {
      for (const host of [cp2, w1]) {
        const argv = [programs[first], "upgrade", "node", "--ignore-preflight-errors", "all"] as const;
        const { exitCode, stderr } = await host.run(argv, { timeoutMs: upgradeTimeoutMs });
        expect(exitCode, stderr).toBe(0);
      }
      await isControlPlane(cluster.lab, cp2);
      await cluster.lab.waitForNode("w1");
    },
    2 * upgradeTimeoutMs,
  );

  test(`is left by a worker and a control plane that ${first} resets, and its member is gone`, async () => {
    await leaves(cluster.lab, w1, first);
    await leaves(cluster.lab, cp2, first);
    await votersAre(cp1, "cp1");
    for (const host of [w1, cp2]) {
      const left = await host.mustRun([
        ...["find", "/etc/kubernetes", "-path", "/etc/kubernetes/tmp", "-prune", "-o", "-type", "f", "-print"],
      ] as const);
      expect(left).toBe("");
    }
  });
});
