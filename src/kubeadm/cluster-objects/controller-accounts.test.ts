import { describe, expect, it } from "vitest";
import { bareMachine, nodeWith } from "../../../test/fixtures/kubeadm/control-plane/control-plane-node.ts";
import { ApiStatusError, type Cluster, type KubernetesObject } from "../../cluster/cluster.ts";
import { emptyCluster } from "../../cluster/empty-cluster.ts";
import { TransportError } from "../../cluster/transport.ts";
import type { Event } from "../../events/event.ts";
import { eventsTo } from "../../events/events.ts";
import { memoryHost } from "../../host/memory.ts";
import { controllerManagerPod } from "../control-plane/controller-manager-pod.ts";
import { createControllerAccounts } from "./controller-accounts.ts";

type Outcome = (object: KubernetesObject) => Error | undefined;

interface Setting {
  readonly kubernetesVersion?: string;
  readonly extraArgs?: Readonly<Record<string, string>>;
  readonly outcome?: Outcome;
  readonly signal?: AbortSignal;
}

async function created({ kubernetesVersion = "v1.37.2", extraArgs = {}, outcome, signal }: Setting = {}) {
  const args = Object.entries(extraArgs).map(([name, value]) => ({ name, value }));
  const node = nodeWith({ kubernetesVersion, controllerManager: { extraArgs: args } });
  const manifest = JSON.stringify(controllerManagerPod(node, bareMachine));
  const { files } = memoryHost({ files: { "/etc/kubernetes/manifests/kube-controller-manager.yaml": manifest } });
  const names: string[] = [];
  const told: Event[] = [];
  const cluster: Cluster = {
    ...emptyCluster("https://192.0.2.10:6443"),
    create: async (type, object) => {
      const error = outcome?.(object);
      if (error !== undefined) throw error;
      names.push(`${type.kind} ${object.metadata?.namespace}/${object.metadata?.name}`);
      return object;
    },
  };
  const events = eventsTo(
    (event) => told.push(event),
    () => new Date(0),
  );
  const ports = { cluster, events, signal: signal ?? new AbortController().signal };
  await createControllerAccounts(node.cluster, ports, files);
  return { names, told };
}

const signing = "ServiceAccount kube-system/certificate-controller";
const migrating = "ServiceAccount kube-system/storage-version-migrator-controller";

describe("the ServiceAccounts of the controllers", () => {
  it("are those that the controller manager of 1.37 would create, each once", async () => {
    const { names } = await created();
    expect(names).toHaveLength(40);
    expect(new Set(names).size).toBe(40);
    expect(names).toEqual(expect.arrayContaining([signing, migrating]));
  });

  it("are in 1.36 only those of the controllers that run there by default", async () => {
    const { names } = await created({ kubernetesVersion: "v1.36.3" });
    expect(names).toHaveLength(37);
    expect(names).toContain(signing);
    expect(names).not.toContain(migrating);
  });

  it.each([
    ["runs other controllers", { controllers: "*,-ttl-controller" }],
    ["has feature gates, which add and remove controllers", { "feature-gates": "DRADeviceTaints=false" }],
    ["works with its own credentials", { "use-service-account-credentials": "false" }],
  ])("are left to a controller manager that %s", async (_, extraArgs) => {
    expect((await created({ extraArgs })).names).toEqual([]);
  });

  it("may exist already", async () => {
    const exists = new ApiStatusError(409, "AlreadyExists", "exists");
    const { names, told } = await created({
      outcome: ({ metadata }) => (metadata?.name === "node-controller" ? exists : undefined),
    });
    expect(names).toHaveLength(39);
    expect(told).toEqual([]);
  });

  it.each([
    ["refuses them", new ApiStatusError(403, "Forbidden", "not allowed"), "not allowed"],
    ["is gone", new TransportError("refused", "https://192.0.2.10:6443", "connection refused"), "connection refused"],
  ])("are left to the controller manager, with a line in the log, by a server that %s", async (_, error, reason) => {
    const { names, told } = await created({ outcome: () => error });
    expect(names).toEqual([]);
    expect(told).toEqual([expect.objectContaining({ type: "log", message: expect.stringContaining(reason) })]);
  });

  it("are no reason to continue a run that is cancelled", async () => {
    const cancelled = new AbortController();
    const outcome = () => {
      cancelled.abort(new Error("cancelled"));
      return new Error("the request was cancelled");
    };
    await expect(created({ outcome, signal: cancelled.signal })).rejects.toThrow("cancelled");
  });

  it("do not hide a defect", async () => {
    await expect(created({ outcome: () => new TypeError("undefined") })).rejects.toThrow(TypeError);
  });
});
