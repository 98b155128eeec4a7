import { describe, expect, it } from "vitest";
import type { Cluster, KubernetesObject } from "../../cluster/cluster.ts";
import { emptyCluster } from "../../cluster/empty-cluster.ts";
import { Secret } from "../../errors/secret.ts";
import { silentEvents } from "../../events/events.ts";
import { signClusterInfo } from "../discovery/cluster-info-signature.ts";
import { signClusterInfoFor } from "./sign-cluster-info.ts";

const kubeconfig = "apiVersion: v1\n";
const token = { id: "abcdef", secret: new Secret("0123456789abcdef") };
const signature = signClusterInfo(kubeconfig, token);

/** Has a cluster-info of version 7 with these data. */
function clusterWith(data: Readonly<Record<string, string>>) {
  const patches: unknown[] = [];
  const clusterInfo: KubernetesObject = Object.assign({ metadata: { resourceVersion: "7" } }, { data });
  const cluster: Cluster = {
    ...emptyCluster("https://192.0.2.10:6443"),
    get: async <T extends KubernetesObject>() => clusterInfo as T,
    patch: async <T extends KubernetesObject>(...[, reference, patch, { patchType }]: Parameters<Cluster["patch"]>) => {
      patches.push({ reference, patch, patchType });
      return clusterInfo as T;
    },
  };
  return { cluster, patches };
}

describe("cluster-info is signed for new tokens", () => {
  const { signal } = new AbortController();

  it("by a patch of the version that was read: never a kubeconfig that has replaced the one that was signed", async () => {
    const { cluster, patches } = clusterWith({ kubeconfig, "jws-kubeconfig-ghijkl": "another's" });
    await signClusterInfoFor([token], { cluster, events: silentEvents, signal });
    expect(patches).toEqual([
      {
        reference: { namespace: "kube-public", name: "cluster-info" },
        patch: { metadata: { resourceVersion: "7" }, data: { "jws-kubeconfig-abcdef": signature } },
        patchType: "merge",
      },
    ]);
  });

  it("not again where the controller manager was faster", async () => {
    const { cluster, patches } = clusterWith({ kubeconfig, "jws-kubeconfig-abcdef": signature });
    await signClusterInfoFor([token], { cluster, events: silentEvents, signal });
    expect(patches).toEqual([]);
  });

  it("and a run that is broken off is not taken for a refusal", async () => {
    const { cluster } = clusterWith({ kubeconfig });
    const interrupted = { ...cluster, get: async () => Promise.reject(new Error("interrupted")) };
    const ports = { cluster: interrupted, events: silentEvents, signal: AbortSignal.abort() };
    await expect(signClusterInfoFor([token], ports)).rejects.toThrow("interrupted");
  });
});
