// What must outlive every upgrade, whatever becomes of it: Pods that have nothing to do with it, and what etcd has kept.
import { expect } from "vitest";
import type { Lab } from "../../../lab/lab.ts";
import { eventually } from "../join/cluster-actions.ts";

const namespace = "default";
const configMap = "witness";

export interface Witness {
  /** Fails if one of the Pods has been restarted or replaced, or if the ConfigMap is lost. */
  isUnharmed(): Promise<void>;
}

/** Makes a Pod on each of the Nodes, and a ConfigMap. */
export async function placeWitness(lab: Lab, ...nodes: readonly string[]): Promise<Witness> {
  const metadata = { name: configMap, namespace };
  const objects = [
    { apiVersion: "v1", kind: "ConfigMap", metadata, data: { since: "before the upgrade" } },
    ...nodes.map(podOn),
  ];
  for (const each of objects) {
    expect(await lab.kubectl(["create", "-f", "-"], { input: JSON.stringify(each) })).toMatchObject({ exitCode: 0 });
  }
  const stateOf = async (node: string) => {
    const { metadata, status } = (await lab.get(["-n", namespace, "pod", podName(node)])) as RunningPod;
    const { containerID, restartCount } = status.containerStatuses?.[0] ?? {};
    return { node, uid: metadata.uid, phase: status.phase, containerID, restartCount };
  };
  const state = async () => {
    const { data } = (await lab.get(["-n", namespace, "configmap", configMap])) as { readonly data: object };
    return { data, pods: await Promise.all(nodes.map(stateOf)) };
  };
  await eventually("the witnesses to run", async () => (await state()).pods.every(({ phase }) => phase === "Running"));
  const before = await state();
  return { isUnharmed: async () => expect(await state()).toEqual(before) };
}

function podName(node: string): string {
  return `witness-${node}`;
}

function podOn(node: string) {
  const name = podName(node);
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace },
    spec: {
      nodeName: node,
      tolerations: [{ operator: "Exists" }],
      automountServiceAccountToken: false,
      containers: [{ name, image: "registry.k8s.io/pause:3.10.2", imagePullPolicy: "Never" }],
    },
  };
}

interface RunningPod {
  readonly metadata: { readonly uid: string };
  readonly status: {
    readonly phase: string;
    readonly containerStatuses?: readonly { readonly containerID?: string; readonly restartCount: number }[];
  };
}
