// Every pair of a cluster's release and a kubelet's that the lab can build: what the skew policy allows works, the rest is
// refused with the rule and the version to install, and upstream's program is asked the same. `npm run skew`.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LabHost } from "../../../lab/lab-host.ts";
import type { CommandResult } from "../../../lab/run-command.ts";
import { DEFAULT_VERSION } from "../../../lab/versions.ts";
import { type Figure, startResult } from "../../../scripts/results/result.ts";
import {
  checkArguments,
  commandTimeoutMs,
  isControlPlane,
  leaves,
  programs,
  votersAre,
} from "../../support/control-plane/control-plane-lab.ts";
import { minorOf, planOf, releases } from "../../support/skew/policy.ts";
import { openSkewLab, type SkewLab } from "../../support/skew/skew-lab.ts";

const chosen = (process.env["KUBEADM_SKEW"] ?? "").split(",").filter(Boolean);
const clusters = releases.filter((release) => chosen.length === 0 || chosen.includes(release)).map(planOf);

const figures: Figure[] = [];
const writeResult = startResult({ name: "skew", command: "npm run skew" });
afterAll(() => {
  const skipped = releases
    .filter((release) => !clusters.some(({ cluster }) => cluster === release))
    .map((release) => ({ what: `clusters of ${release}`, why: "were not chosen" }));
  writeResult({ figures, skipped });
});

const kubeletVersion = "jsonpath={.status.nodeInfo.kubeletVersion}";
const nameOf = (role: string, release: string) => `${role}-${release.replaceAll(".", "-")}`;

interface Answers {
  readonly ours: string;
  readonly upstream?: string;
  /** What the policy says, as `ours` begins. */
  readonly goal?: string;
}

/** What a join did, or which check or rule refused it. */
function answerOf({ exitCode, stderr }: CommandResult): string {
  if (exitCode === 0) return "joins";
  const [, check] = /\[ERROR (\w+)\]/.exec(stderr) ?? [];
  const [rule] = /this version of kubeadm only supports .*/.exec(stderr) ?? [];
  return `refused (${check ?? rule ?? "for another reason"})`;
}

describe.each(clusters)("In a cluster of $cluster", (plan) => {
  const { cluster, allowed, refused, isWithinUpstreamsLimit, canUpgrade } = plan;
  let skew: SkewLab;
  let first: LabHost;
  beforeAll(async () => {
    skew = await openSkewLab(cluster);
    first = await skew.addHostWith("cp1", cluster);
    await skew.init("upstream", first);
    await skew.lab.waitForNode("cp1");
  });
  afterAll(() => skew?.[Symbol.asyncDispose]());

  const note = (what: string, kubelet: string, { ours, upstream, goal }: Answers) => {
    const beside = upstream === undefined ? "" : `; upstream ${DEFAULT_VERSION}: ${upstream}`;
    const verdict = goal === undefined ? {} : { goal, holds: ours.startsWith(goal) };
    figures.push({ what: `cluster ${cluster}, kubelet ${kubelet}: ${what}`, value: `${ours}${beside}`, ...verdict });
  };
  const run = (host: LabHost, argv: readonly [string, ...string[]]) => host.run(argv, { timeoutMs: commandTimeoutMs });
  /** Upstream's program of our release on another fresh host, which is as it was afterwards. */
  const askUpstream = async (kubelet: string, role: { readonly controlPlane?: boolean } = {}) => {
    const host = await skew.addHostWith("beside", kubelet);
    try {
      const result = await run(host, [skew.upstream, "join", ...skew.lab.joinArguments(role)]);
      await run(host, [skew.upstream, "reset", "--force"]);
      await skew.lab.kubectl(["delete", "node", "beside", "--ignore-not-found"]);
      return result;
    } finally {
      await skew.lab.removeHost("beside");
    }
  };

  test.each(allowed)("a worker joins with a kubelet of %s, is healthy, and leaves", async (kubelet) => {
    const host = await skew.addHostWith(nameOf("w", kubelet), kubelet);
    const joined = await skew.joins(host, { by: "ours" });
    await skew.lab.waitForNode(host.name);
    const node = await skew.lab.kubectl(["get", "node", host.name, "-o", kubeletVersion]);
    expect(node.stdout).toBe(`v${kubelet}`);
    const doctor = await run(host, [programs.ours, "doctor"]);
    expect(doctor.exitCode, doctor.stdout + doctor.stderr).toBe(0);
    const upstream = await askUpstream(kubelet);
    expect(upstream.exitCode === 0, upstream.stderr).toBe(isWithinUpstreamsLimit);
    note("a worker's join", kubelet, { ours: answerOf(joined), upstream: answerOf(upstream), goal: "joins" });
    await leaves(skew.lab, host, "ours");
    await skew.lab.removeHost(host.name);
  });

  test.each(refused)(
    "a worker with a kubelet of %s is refused, and joins with the one that the error names",
    async (kubelet) => {
      const host = await skew.addHostWith(nameOf("w", kubelet), kubelet);
      const refusal = await skew.join(host, { by: "ours" });
      expect(refusal.exitCode).toBe(1);
      expect(refusal.stderr).toContain(
        `[ERROR KubeletVersion]: the kubelet version is higher than the control plane version. This is not a supported version skew and may lead to a malfunctional cluster. Kubelet version: "${kubelet}" Control plane version: "${cluster}"`,
      );
      expect(refusal.stderr.replaceAll(/\s+/g, " ")).toContain(
        `Install a kubelet of 1.${minorOf(cluster)}, or upgrade`,
      );
      expect(host.exists("/etc/kubernetes/kubelet.conf")).toBe(false);
      const upstream = await askUpstream(kubelet);
      expect(upstream.exitCode === 0, upstream.stderr).toBe(isWithinUpstreamsLimit);
      note("a worker's join", kubelet, { ours: answerOf(refusal), upstream: answerOf(upstream), goal: "refused" });

      await skew.installKubelet(host, cluster);
      await skew.joins(host, { by: "ours" });
      await skew.lab.waitForNode(host.name);
      await leaves(skew.lab, host, "ours");
      await skew.lab.removeHost(host.name);
    },
  );

  describe("a control plane", () => {
    let second: LabHost;
    beforeAll(async () => {
      second = await skew.addHostWith("cp2", cluster);
    });

    test("joins, with its etcd member", async () => {
      const upstream = isWithinUpstreamsLimit ? undefined : await askUpstream(cluster, { controlPlane: true });
      if (upstream !== undefined) expect(upstream.exitCode, upstream.stderr).not.toBe(0);
      const joined = await skew.joins(second, { by: "ours", controlPlane: true });
      await isControlPlane(skew.lab, second);
      await votersAre(first, "cp1", "cp2");
      const beside = upstream === undefined ? {} : { upstream: answerOf(upstream) };
      note("a control plane's join", cluster, { ours: answerOf(joined), ...beside, goal: "joins" });
    });

    const asAdmin = "--kubeconfig /etc/kubernetes/admin.conf";
    test.each([
      "certs check-expiration",
      "certs renew all",
      `token create ${asAdmin}`,
      `token list ${asAdmin}`,
      "doctor",
    ])("takes `%s`", async (line) => {
      const ours = await run(second, [programs.ours, ...line.split(" ")]);
      expect(ours.exitCode, ours.stdout + ours.stderr).toBe(0);
      note(`\`${line.replace(asAdmin, "").trim()}\``, cluster, { ours: "succeeds" });
    });

    test(`is ${canUpgrade ? "planned an upgrade" : "refused an upgrade, with the reason"}`, async () => {
      // No worker is there to run the Job of that check.
      const args = [
        "upgrade",
        "plan",
        `v${DEFAULT_VERSION}`,
        ...checkArguments,
        "--ignore-preflight-errors",
        "CreateJob",
      ];
      const ours = await run(second, [programs.ours, ...args]);
      const upstream = await run(second, [skew.upstream, ...args]);
      const goal = canUpgrade ? "planned" : "refused";
      const verdict = ({ exitCode }: CommandResult) => (exitCode === 0 ? "planned" : "refused");
      expect(verdict(ours), ours.stdout + ours.stderr).toBe(goal);
      expect(verdict(upstream), upstream.stdout + upstream.stderr).toBe(verdict(ours));
      if (!canUpgrade) expect(ours.stderr).toContain(`v${cluster}`);
      note("`upgrade plan`", cluster, { ours: verdict(ours), upstream: verdict(upstream), goal });
    });

    test("leaves the cluster by `reset`, and so does its etcd member", async () => {
      await leaves(skew.lab, second, "ours");
      await votersAre(first, "cp1");
      note("`reset` of a control plane", cluster, { ours: "succeeds" });
    });
  });
});
