import { beforeAll, describe, expect, it } from "vitest";
import {
  makeCredentials,
  world,
} from "../../../../test/fixtures/kubeadm/upgrade/control-plane/upgraded-control-plane.ts";

beforeAll(makeCredentials);

const urls = {
  etcd: "http://127.0.0.1:2381/livez",
  "kube-apiserver": "https://192.0.2.10:6443/livez",
  "kube-controller-manager": "https://127.0.0.1:10257/healthz",
  "kube-scheduler": "https://127.0.0.1:10259/livez",
} as const;

/** A control plane of which only some components answer, and whose runtime shows no Pod. */
function unseen(answering: readonly (keyof typeof urls)[]) {
  const of = world();
  of.runtime.sandboxes = [];
  of.host.network.probes.clear();
  for (const component of answering) of.host.network.probes.set(urls[component], { status: 403, body: "" });
  return of;
}

describe("an upgrade with the socket of another container runtime", () => {
  it.each(Object.keys(urls) as (keyof typeof urls)[])("changes nothing while %s answers", async (component) => {
    const { host, upgrade } = unseen([component]);
    const before = host.files.snapshot();
    const upgradeEtcd = () => Promise.reject(new Error("etcd was upgraded"));
    await expect(upgrade({ upgradeEtcd })).rejects.toMatchObject({
      code: "CONTAINER_RUNTIME_MISMATCH",
      message: `the container runtime at "unix:///run/containerd/containerd.sock" does not show the Pod of ${component}, which responds at ${urls[component]}`,
    });
    expect(host.files.snapshot()).toEqual(before);
  });

  it("is not what a control plane looks like whose components do not run", async () => {
    const { upgrade } = unseen([]);
    const reached = new Error("etcd is reached");
    await expect(upgrade({ upgradeEtcd: () => Promise.reject(reached) })).rejects.toBe(reached);
  });
});
