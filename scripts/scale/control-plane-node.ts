import { type ControlPlane, resources, type StoredObject } from "../../src/embedded/control-plane/index.ts";
import { staticPodNames } from "../../test/support/doctor/huge-machine.ts";

/** What the cluster has of the control plane that `hugeMachine` is. */
export function storeControlPlaneNode({ storage, endpoint }: ControlPlane, version: string): void {
  storage.create(resources.nodes, {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: "cp1",
      labels: { "node-role.kubernetes.io/control-plane": "" },
      annotations: { "kubeadm.alpha.kubernetes.io/cri-socket": "unix:///var/run/containerd/containerd.sock" },
    },
    status: { conditions: [{ type: "Ready", status: "True" }], nodeInfo: { kubeletVersion: version } },
  } as unknown as StoredObject);
  for (const name of staticPodNames) {
    storage.create(resources.pods, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        ...{ name: `${name}-cp1`, namespace: "kube-system", labels: { component: name, tier: "control-plane" } },
        annotations: { [`kubeadm.kubernetes.io/${name}.advertise-address.endpoint`]: endpoint },
      },
      spec: { nodeName: "cp1", containers: [{ name, image: `registry.k8s.io/${name}:${version}` }] },
      status: { phase: "Running" },
    } as unknown as StoredObject);
  }
}
