import { describe, expect, it } from "vitest";
import { nodeWith } from "../../../test/fixtures/kubeadm/control-plane/control-plane-node.ts";
import { silentEvents } from "../../events/events.ts";
import { memoryHost } from "../../host/memory.ts";
import { readComponentEndpoints } from "./component-endpoints.ts";
import { controlPlaneComponents, writeComponentManifests } from "./write-component-manifests.ts";
import { manifestPath } from "./write-manifest.ts";

type ClusterFields = Parameters<typeof nodeWith>[0];

async function urlsOf(cluster: ClusterFields, changes: Parameters<typeof nodeWith>[1] = {}) {
  const host = memoryHost();
  const node = nodeWith(cluster, changes);
  await writeComponentManifests(
    node,
    { components: controlPlaneComponents, patches: async () => [] },
    { ...host, events: silentEvents },
  );
  return (await readComponentEndpoints(controlPlaneComponents, node, host.files)).map(({ url }) => url);
}

const arg = (name: string, value: string) => ({ name, value });

describe("where the components are asked", () => {
  it("is where their defaults are", async () => {
    expect(await urlsOf({})).toEqual([
      "https://192.0.2.10:6443/livez",
      "https://127.0.0.1:10257/healthz",
      "https://127.0.0.1:10259/livez",
    ]);
  });

  it("is where their last arguments say", async () => {
    const urls = await urlsOf({
      apiServer: {
        extraArgs: [arg("secure-port", "1"), arg("secure-port", "7443"), arg("advertise-address", "192.0.2.7")],
      },
      controllerManager: { extraArgs: [arg("bind-address", "::"), arg("secure-port", "1")] },
      scheduler: { extraArgs: [arg("bind-address", "10.0.0.1")] },
    });
    expect(urls).toEqual(["https://192.0.2.7:7443/livez", "https://[::]:1/healthz", "https://10.0.0.1:10259/livez"]);
  });

  it("is the node's own address for an API server whose manifest names none", async () => {
    const host = memoryHost({
      files: { [manifestPath("kube-apiserver")]: "spec: {containers: [{command: [x], args: [--secure-port=7]}]}\n" },
    });
    const node = nodeWith({}, { localAPIEndpoint: { advertiseAddress: "2001:db8::1", bindPort: 6443 } });
    const [endpoint] = await readComponentEndpoints(["kube-apiserver"], node, host.files);
    expect(endpoint?.url).toBe("https://[2001:db8::1]:7/livez");
  });

  it.each([
    ["spec: [", "not YAML"],
    ["kind: Pod\n", "no containers"],
    ["spec: {containers: []}\n", "an empty list of containers"],
    ["- 1\n", "a list"],
  ])("cannot be told from %j, %s", async (content) => {
    const host = memoryHost({ files: { [manifestPath("kube-scheduler")]: content } });
    await expect(readComponentEndpoints(["kube-scheduler"], nodeWith(), host.files)).rejects.toMatchObject({
      code: "MANIFEST_INVALID",
      details: { path: "/etc/kubernetes/manifests/kube-scheduler.yaml" },
    });
  });
});
