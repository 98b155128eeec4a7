import { readComponentEndpoints } from "../../kubeadm/control-plane/component-endpoints.ts";
import { controlPlaneComponents } from "../../kubeadm/control-plane/write-component-manifests.ts";
import { waitForControlPlane } from "../wait-for-control-plane.ts";
import { defineJoinPhase, joinsAsControlPlane } from "./context.ts";
import { controlPlaneNode, localAdminCluster } from "./facts.ts";

/** Checks the API server of this machine, not the one behind the cluster's endpoint. */
export const waitControlPlane = defineJoinPhase({
  name: "wait-control-plane",
  summary: "Wait for the control plane to start",
  description:
    "Wait until the API server, the controller manager and the scheduler of this node pass their health checks, at the addresses and ports in their manifests.",
  when: joinsAsControlPlane,
  reads: { node: controlPlaneNode, apiServer: localAdminCluster },
  async run({ node, apiServer }, run) {
    await waitForControlPlane(node, apiServer, run);
  },
  /** Same as upstream: the manifests must exist, and nothing is printed. */
  async dryRun({ node }, run) {
    await readComponentEndpoints(controlPlaneComponents, node, run.context.host.files);
  },
});
