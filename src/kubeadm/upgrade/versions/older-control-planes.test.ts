import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { administratorOf } from "../../../../test/support/upgrade/administrator.ts";
import { type ControlPlane, resources, startControlPlane } from "../../../embedded/control-plane/index.ts";
import { silentEvents } from "../../../events/events.ts";
import { decodeClusterConfiguration } from "../../config/cluster/stored-cluster-configuration.ts";
import { olderControlPlanes } from "./older-control-planes.ts";

let controlPlane: ControlPlane;
beforeEach(async () => {
  controlPlane = await startControlPlane({ encryptionAlgorithm: "ECDSA-P256" });
});
afterEach(() => controlPlane.close());

function addApiServer(nodeName: string, image: string) {
  controlPlane.storage.create(resources.pods, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `kube-apiserver-${nodeName}`,
      namespace: "kube-system",
      labels: { component: "kube-apiserver", tier: "control-plane" },
    },
    spec: { nodeName, containers: [{ name: "kube-apiserver", image }] },
  });
}

async function older({ kubernetesVersion = "v1.37.2", assumesOwn = false } = {}) {
  const text = `apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: ${kubernetesVersion}\n`;
  const cluster = decodeClusterConfiguration(text, silentEvents);
  return olderControlPlanes({ cluster, nodeName: "cp1", assumesOwn }, (await administratorOf(controlPlane)).requests);
}

describe("the control planes of a cluster", () => {
  it.each([
    ["of the new version are upgraded", "registry.k8s.io/kube-apiserver:v1.37.2", []],
    ["of a newer version are upgraded", "registry.k8s.io/kube-apiserver:v1.37.3", []],
    ["are upgraded with another registry", "mirror.example:5000/k8s/kube-apiserver:v1.37.2", []],
    ["are upgraded with a digest", `registry.k8s.io/kube-apiserver:v1.37.2@sha256:${"0".repeat(64)}`, []],
    ["of an older version are not", "registry.k8s.io/kube-apiserver:v1.36.3", ["cp2"]],
    ["of a pre-release are not", "registry.k8s.io/kube-apiserver:v1.37.2-rc.1", ["cp2"]],
    ["of an unknown version are not", `registry.k8s.io/kube-apiserver@sha256:${"0".repeat(64)}`, ["cp2"]],
  ])("%s", async (_, image, expected) => {
    addApiServer("cp1", "registry.k8s.io/kube-apiserver:v1.37.2");
    addApiServer("cp2", image);
    expect(await older()).toEqual(expected);
  });

  it("are named in order, this machine's included", async () => {
    for (const name of ["cp3", "cp1", "cp2"]) addApiServer(name, "registry.k8s.io/kube-apiserver:v1.36.3");
    expect(await older()).toEqual(["cp1", "cp2", "cp3"]);
  });

  it("are upgraded on this machine if that is assumed", async () => {
    for (const name of ["cp1", "cp2"]) addApiServer(name, "registry.k8s.io/kube-apiserver:v1.36.3");
    expect(await older({ assumesOwn: true })).toEqual(["cp2"]);
  });

  it("are upgraded on this machine with an image of a patch", async () => {
    for (const name of ["cp1", "cp2"]) addApiServer(name, "registry.k8s.io/kube-apiserver:mine");
    expect(await older()).toEqual(["cp2"]);
  });

  it("have the version of a build with metadata in their images' tags", async () => {
    addApiServer("cp2", "registry.k8s.io/kube-apiserver:v1.37.2_build.5");
    expect(await older({ kubernetesVersion: "v1.37.2+build.5" })).toEqual([]);
  });

  it("cannot be found without any Pods of API servers", async () => {
    await expect(older()).rejects.toThrow(
      "failed to determine whether all the control plane instances have been upgraded: cannot find kube-apiserver Pod by label selector: component=kube-apiserver,tier=control-plane",
    );
  });
});
