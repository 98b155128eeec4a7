import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Administrator, administratorOf } from "../../../../test/support/upgrade/administrator.ts";
import { addNode } from "../../../../test/support/upgrade/old-cluster.ts";
import { type ControlPlane, startControlPlane } from "../../../embedded/control-plane/index.ts";
import { enforceVersionPolicy } from "./enforce-version-policy.ts";

let controlPlane: ControlPlane;
let administrator: Administrator;
beforeEach(async () => {
  controlPlane = await startControlPlane({ version: "v1.36.3", encryptionAlgorithm: "ECDSA-P256" });
  addNode(controlPlane, "cp1");
  administrator = await administratorOf(controlPlane);
});
afterEach(() => controlPlane.close());

const request = { requested: "v1.37.2", allowsExperimental: false, allowsReleaseCandidates: false, force: false };
const enforce = (changed: Partial<typeof request> = {}) =>
  enforceVersionPolicy({ ...request, ...changed }, administrator.requests);

const versions = `[upgrade/preflight] You have chosen to upgrade the cluster version to "v1.37.2"
[upgrade/versions] Cluster version: v1.36.3
[upgrade/versions] kubeadm version: v1.37.2
`;

describe("the version policy of a cluster", () => {
  it("prints upstream's lines for a version that is allowed", async () => {
    await enforce();
    expect(administrator.output()).toEqual({ stdout: versions, stderr: "" });
  });

  it("refuses what the kubelets do not allow, and skips it with --force", async () => {
    addNode(controlPlane, "worker-1", { kubelet: "v1.33.1" });
    const text = "There are kubelets in this cluster that are too old that have these versions [v1.33.1]";
    await expect(enforce()).rejects.toMatchObject({ code: "UPGRADE_VERSION_REFUSED", details: { errors: [text] } });
    administrator = await administratorOf(controlPlane);
    await enforce({ force: true });
    expect(administrator.output().stdout).toBe(
      `${versions}[upgrade/preflight] Found 1 potential version compatibility errors but skipping since the --force flag is set: \n\n\t- ${text}\n`,
    );
  });

  it("refuses a version while the API server does not say its own, even with --force", async () => {
    controlPlane.faults.add({ match: { path: "/version" }, action: { kind: "status", code: 503 } });
    await expect(enforce({ force: true })).rejects.toMatchObject({
      code: "UPGRADE_VERSION_REFUSED",
      message: expect.stringMatching(
        /^the version argument is invalid due to these fatal errors:\n\n\t- Unable to fetch cluster version: Couldn't fetch cluster version from the API Server: \/version: HTTP 503\n\nPlease fix /,
      ),
    });
  });

  it("shows the response from a server that is no API server", async () => {
    const body = "<html>\nremedy: none</html>";
    const action = { kind: "answer", status: 200, contentType: "text/html", body } as const;
    controlPlane.faults.add({ match: { path: "/version" }, action });
    await expect(enforce()).rejects.toThrow(
      'Unable to fetch cluster version: Couldn\'t parse cluster version: could not parse "<html>\\\\nremedy: none</html>" as version',
    );
  });

  it("needs --force where the Nodes cannot be listed", async () => {
    controlPlane.faults.add({ match: { verb: "list", resource: "nodes" }, action: { kind: "status", code: 403 } });
    await expect(enforce()).rejects.toThrow(
      /\t- Unable to fetch kubelet version: couldn't list all nodes in cluster: .*\n\nCan be bypassed if you pass the --force flag$/,
    );
    await enforce({ force: true });
  });

  it("ends when the run is interrupted", async () => {
    const signal = AbortSignal.abort(new Error("interrupted"));
    const enforcing = enforceVersionPolicy(request, { ...administrator.requests, signal });
    await expect(enforcing).rejects.toThrow("interrupted");
  });
});
