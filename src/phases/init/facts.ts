import type { ControlPlaneNode } from "../../kubeadm/control-plane/control-plane-node.ts";
import type { Fact } from "../../workflow/fact.ts";
import type { InitContext } from "./context.ts";

export type InitFact<T> = Fact<InitContext, T>;

/** The node that init makes a control plane of. */
export const controlPlaneNode: InitFact<ControlPlaneNode> = {
  name: "control-plane node",
  load: async ({ context }) => {
    const { configuration, cluster } = context.options;
    const { nodeRegistration, localAPIEndpoint, timeouts } = configuration;
    return { nodeRegistration, localAPIEndpoint, cluster, timeouts };
  },
};
