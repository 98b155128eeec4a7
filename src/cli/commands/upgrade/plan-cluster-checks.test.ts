import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  messageOf,
  startPlannedCluster,
  tablesOf,
  upstream,
} from "../../../../test/fixtures/cli/commands/upgrade/plan.ts";
import { coreDnsOf, type OldCluster, runUpgrade } from "../../../../test/support/upgrade/old-cluster.ts";
import { type HttpRequest, type HttpResponse, TransportError } from "../../../cluster/transport.ts";
import { resources } from "../../../embedded/control-plane/index.ts";

let cluster: OldCluster;
beforeEach(async () => {
  cluster = await startPlannedCluster();
});
afterEach(() => cluster[Symbol.asyncDispose]());

function answering(status: number, body: object): HttpResponse {
  const text = JSON.stringify(body);
  return {
    status,
    headers: { "content-type": "application/json" },
    text: async () => text,
    lines: async function* () {
      yield text;
    },
  };
}

function forbidden(): HttpResponse {
  const body = { kind: "Status", apiVersion: "v1", status: "Failure", code: 403, reason: "Forbidden" };
  return answering(403, { ...body, message: 'it is forbidden: User "a" may not' });
}

describe("the checks of the cluster by upgrade plan", () => {
  it("asks for its Job, which it does not leave for long", async () => {
    await runUpgrade(cluster, "plan v1.37.2");
    const [job, ...more] = cluster.controlPlane.storage.list(resources.jobs, "kube-system");
    expect(more).toEqual([]);
    expect(job).toMatchObject({
      metadata: { name: expect.stringMatching(/^upgrade-health-check-\d+$/) },
      spec: {
        ttlSecondsAfterFinished: 10,
        template: { spec: { containers: [{ image: "registry.k8s.io/pause:3.10.2", args: ["-v"] }] } },
      },
    });
  });

  it("says immediately that the API server cannot be reached", async () => {
    const asked: string[] = [];
    const { status, stderr } = await runUpgrade(cluster, "plan v1.37.2", {
      intercept: async ({ url }) => {
        asked.push(new URL(url).pathname);
        throw new TransportError("refused", url, `Get "${url}": dial tcp 127.0.0.1:1: connect: connection refused`);
      },
    });
    expect({ status, asked }).toEqual({ status: 1, asked: ["/api/v1/namespaces/kube-system/configmaps/coredns"] });
    expect(stderr).toMatch(/^\t\[ERROR CoreDNSUnsupportedPlugins\]: Get ".*": dial tcp .*: connection refused$/m);
    expect(stderr).toMatch(/^\t\[ERROR CoreDNSMigration\]: Get ".*": dial tcp .*: connection refused$/m);
  });

  it("warns of component configurations that differ from the defaults", async () => {
    const key = { namespace: "kube-system", name: "kubelet-config" };
    cluster.controlPlane.storage.update(resources.configMaps, key, {}, (map) => {
      const { kubelet = "" } = map["data"] as Record<string, string>;
      return { ...map, data: { kubelet: kubelet.replace("10.96.0.10", "10.96.0.99") } };
    });
    const { status, stderr } = await runUpgrade(cluster, "plan v1.37.2");
    expect(status).toBe(0);
    expect(stderr).toContain(
      'The recommended value for "clusterDNS" in "KubeletConfiguration" is: [10.96.0.10]; the provided value is: [10.96.0.99]',
    );
  });

  it("refuses plugins that CoreDNS has removed", async () => {
    const { storage } = cluster.controlPlane;
    const key = { namespace: "kube-system", name: "coredns" };
    const Corefile = ".:53 {\n    errors\n    federation cluster.local {\n    }\n}\n";
    storage.update(resources.configMaps, key, {}, (map) => ({ ...map, data: { Corefile } }));
    storage.delete(resources.deployments, key);
    storage.create(resources.deployments, coreDnsOf("1.6.7"));
    const { status, stderr } = await runUpgrade(cluster, "plan v1.37.2");
    expect(status).toBe(1);
    expect(stderr).toContain(
      '[ERROR CoreDNSUnsupportedPlugins]: the Corefile has plugins that CoreDNS v1.14.6 no longer has: "federation"',
    );
  });

  it("takes a Job for its own whose creation was not answered", async () => {
    let lost = 0;
    const { status, stderr } = await runUpgrade(cluster, "plan v1.37.2", {
      intercept: async ({ method, url }, send) => {
        const answer = await send();
        if (method !== "POST" || !url.includes("/jobs") || lost++ > 0) return answer;
        throw new TransportError("reset", url, `Post "${url}": read: connection reset by peer`);
      },
    });
    expect({ status, lost }, stderr).toEqual({ status: 0, lost: 2 });
  });

  it.each([
    ["CreateJob", "POST", /\/jobs$/, 'could not create Job "upgrade-health-check-'],
    ["CreateJob", "GET", /\/jobs\//, "did not complete in 1m0s: it cannot be read: "],
    ["ControlPlaneNodesReady", "GET", /\/nodes\?labelSelector/, "could not list nodes labeled with"],
    ["CoreDNSMigration", "GET", /\/configmaps\/coredns\b/, "[ERROR CoreDNSUnsupportedPlugins]: "],
  ])(
    "a request of the check %s that is refused (%s %s) is its finding, and can be ignored",
    async (check, verb, path, text) => {
      const intercept = async ({ method, url }: HttpRequest, send: () => Promise<HttpResponse>) =>
        method === verb && path.test(url) ? forbidden() : send();
      const refused = await runUpgrade(cluster, "plan v1.37.2", { intercept });
      expect(refused.status).toBe(1);
      expect(messageOf(refused.stderr)).toMatch(/preflight checks failed$/);
      expect(refused.stderr).toContain(`[ERROR ${check}]: `);
      expect(refused.stderr).toContain(text);
      const ignored = await runUpgrade(
        cluster,
        `plan v1.37.2 --ignore-preflight-errors ${check},CoreDNSUnsupportedPlugins`,
        {
          intercept,
        },
      );
      expect(ignored.stderr).toContain(`[WARNING ${check}]: `);
      expect([ignored.status, tablesOf(ignored.stdout)]).toEqual([0, upstream]);
    },
  );

  it("asks on where the Job cannot be read for a moment, in one wait", async () => {
    let failures = 0;
    const { status, stderr } = await runUpgrade(cluster, "plan v1.37.2", {
      intercept: async ({ method, url }, send) => {
        if (method !== "GET" || !url.includes("/jobs/") || failures++ > 20) return send();
        throw new TransportError("refused", url, `Get "${url}": dial tcp: connection refused`);
      },
    });
    expect(status, stderr).toBe(0);
    expect(failures).toBeGreaterThan(20);
  });

  it("tells why a Job takes long after three seconds, and what to look at only after ten", async () => {
    cluster.controlPlane.controllers.stop("job");
    const { stderr } = await runUpgrade(cluster, "plan v1.37.2");
    const waits = stderr.split("\n").filter((line) => line.startsWith("[wait]"));
    const secondsOf = (line = "") => Number(/\((\d+)s of 1m0s\)$/.exec(line)?.[1]);
    expect(secondsOf(waits[0])).toBe(3);
    const asked = waits.findIndex((line) => line.startsWith("[wait] Check the controller managers: "));
    expect(secondsOf(waits[asked - 1])).toBe(10);
  });

  it("prints what a Job says about its failure on one line, and cut", async () => {
    const long = `no\u001b[31m\n${"x".repeat(3_000)}`;
    cluster.controlPlane.controllers.stop("job");
    const { stderr } = await runUpgrade(cluster, "plan v1.37.2", {
      intercept: async ({ method, url }, send) => {
        if (method !== "GET" || !url.includes("/jobs/")) return send();
        const status = { conditions: [{ type: "Failed", status: "True", message: long }] };
        return answering(200, { apiVersion: "batch/v1", kind: "Job", metadata: {}, spec: {}, status });
      },
    });
    const line = stderr.split("\n").find((each) => each.includes("[ERROR CreateJob]")) ?? "";
    expect(line).toContain("it failed: no\\u001b[31m\\nxxx");
    expect(line).toContain("more characters)");
  });

  it.each<[string, (cluster: OldCluster) => void, string]>([
    [
      "a Job that does not run, and why its Pod waits",
      ({ controlPlane }) => {
        controlPlane.controllers.stop("job");
      },
      '[ERROR CreateJob]: Job "upgrade-health-check-',
    ],
    [
      "a control plane that is not Ready",
      ({ controlPlane }) => {
        controlPlane.storage.update(resources.nodes, { name: "cp1" }, {}, (node) => ({
          ...node,
          status: { conditions: [{ type: "Ready", status: "Unknown", message: "Kubelet stopped posting status." }] },
        }));
      },
      "[ERROR ControlPlaneNodesReady]: there are NotReady control-planes in the cluster: [cp1]. cp1: Kubelet stopped posting status.\n",
    ],
  ])("refuses %s", async (_, break_, expected) => {
    break_(cluster);
    const { status, stdout, stderr } = await runUpgrade(cluster, "plan v1.37.2");
    expect({ status, message: messageOf(stderr) }).toEqual({
      status: 1,
      message: "[upgrade/health] FATAL: preflight checks failed",
    });
    expect(stderr).toContain(expected);
    expect(stdout).not.toContain("[upgrade/versions]");
  });
});
