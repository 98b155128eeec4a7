// What must outlive every upgrade, whatever becomes of it: a Pod that has nothing to do with it, and what etcd has kept.
import { expect } from "vitest";
import type { Lab } from "../../../lab/lab.ts";
import { eventually } from "../join/cluster-actions.ts";

const name = "witness";
const namespace = "default";

export interface Witness {
  /** Fails if the Pod has been restarted or replaced, or if the ConfigMap is lost. */
  isUnharmed(): Promise<void>;
}

/** Makes a Pod on the Node, and a ConfigMap. */
export async function placeWitness(lab: Lab, node: string): Promise<Witness> {
  const objects = [
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace }, data: { since: "before the upgrade" } },
    {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace },
      spec: {
        nodeName: node,
        tolerations: [{ operator: "Exists" }],
        automountServiceAccountToken: false,
        containers: [{ name, image: "registry.k8s.io/pause:3.10.2", imagePullPolicy: "Never" }],
      },
    },
  ];
  for (const each of objects) {
    expect(await lab.kubectl(["create", "-f", "-"], { input: JSON.stringify(each) })).toMatchObject({ exitCode: 0 });
  }
  const state = async () => {
    const pod = (await lab.get(["-n", namespace, "pod", name])) as RunningPod;
    const { data } = (await lab.get(["-n", namespace, "configmap", name])) as { readonly data: object };
    const [container] = pod.status.containerStatuses ?? [];
    const { containerID, restartCount } = container ?? {};
    return { uid: pod.metadata.uid, phase: pod.status.phase, containerID, restartCount, data };
  };
  await eventually("the witness to run", async () => (await state()).phase === "Running");
  const before = await state();
  return { isUnharmed: async () => expect(await state()).toEqual(before) };
}

interface RunningPod {
  readonly metadata: { readonly uid: string };
  readonly status: {
    readonly phase: string;
    readonly containerStatuses?: readonly { readonly containerID?: string; readonly restartCount: number }[];
  };
}
