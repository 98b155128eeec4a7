import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runToken, type Surroundings } from "../../../../test/fixtures/cli/commands/token/token.ts";
import { type ControlPlane, resources, startControlPlane } from "../../../embedded/control-plane/index.ts";

const token = "abcdef.0123456789abcdef";

let controlPlane: ControlPlane;
beforeEach(async () => {
  controlPlane = await startControlPlane({ encryptionAlgorithm: "ECDSA-P256", stoppedControllers: ["tokencleaner"] });
});
afterEach(() => controlPlane.close());

const kubeadm = (line: string | readonly string[], surroundings?: Surroundings) =>
  runToken(controlPlane, line, surroundings);

describe("token create signs cluster-info", () => {
  const reference = { namespace: "kube-public", name: "cluster-info" };
  const clusterInfo = () => controlPlane.storage.get(resources.configMaps, reference);
  const signedIds = () =>
    Object.keys(clusterInfo()?.["data"] ?? {})
      .filter((key) => key.startsWith("jws-kubeconfig-"))
      .map((key) => key.slice("jws-kubeconfig-".length));
  const file = `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
bootstrapTokens:
- {token: aaaaaa.0123456789abcdef}
- {token: bbbbbb.0123456789abcdef, usages: [authentication]}
- {token: cccccc.0123456789abcdef, ttl: 0s}
`;
  beforeEach(() => controlPlane.controllers.stop("bootstrapsigner"));

  it.each([
    ["for a token", ["create", token], ["abcdef"]],
    ["with --print-join-command", ["create", token, "--print-join-command"], ["abcdef"]],
    ["for those tokens of a file that sign", ["create", "--config", "/c.yaml"], ["aaaaaa", "cccccc"]],
    ["not for a token that does not sign", ["create", token, "--usages=authentication"], []],
    ["not for a token that has expired when it is made", ["create", token, "--ttl=1ns"], []],
    ["not in a dry run", ["create", token, "--dry-run"], []],
  ])("%s", async (_, line, ids) => {
    const files = { "/etc/kubernetes/admin.conf": controlPlane.adminKubeconfig, "/c.yaml": file };
    expect(await kubeadm(line, { files })).toMatchObject({ status: 0, stderr: "" });
    expect(signedIds()).toEqual(ids);
  });

  it("so that the controller manager finds nothing to do, and a new token leaves the other signatures", async () => {
    await kubeadm(["create", token]);
    await kubeadm(["create", token.replace("abcdef.", "ghijkl.")]);
    const before = clusterInfo();
    expect(signedIds()).toEqual(["abcdef", "ghijkl"]);
    controlPlane.controllers.start("bootstrapsigner");
    // It acts in a later turn of the event loop.
    for (let turn = 0; turn < 10; turn++) await new Promise((done) => setImmediate(done));
    expect(clusterInfo()).toEqual(before);
  });

  it("and leaves it to the controller manager where the map is not there, or has no kubeconfig", async () => {
    controlPlane.storage.update(resources.configMaps, reference, {}, (object) => ({ ...object, data: {} }));
    expect(await kubeadm(["create", token])).toEqual({ status: 0, stdout: `${token}\n`, stderr: "" });
    expect(signedIds()).toEqual([]);
    controlPlane.storage.delete(resources.configMaps, reference);
    const other = token.replace("abcdef.", "ghijkl.");
    expect(await kubeadm(["create", other])).toEqual({ status: 0, stdout: `${other}\n`, stderr: "" });
  });

  it.each([
    ["may not be read", "get", { kind: "status", code: 403 }],
    ["may not be written", "patch", { kind: "status", code: 403 }],
    ["was changed since it was read", "patch", { kind: "status", code: 409 }],
    ["is lost with its connection", "patch", { kind: "reset" }],
  ] as const)("or where it %s, silently", async (_, verb, action) => {
    controlPlane.faults.add({ match: { resource: "configmaps", verb }, action });
    expect(await kubeadm(["create", token])).toEqual({ status: 0, stdout: `${token}\n`, stderr: "" });
    expect(signedIds()).toEqual([]);
    const verbose = await kubeadm(["create", token.replace("abcdef.", "ghijkl."), "--v=1"]);
    expect(verbose.stderr).toContain("The controller manager will sign cluster-info instead: ");
  });
});
