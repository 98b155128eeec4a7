import { defaultCriSocket } from "../../config/fields/cri-socket.ts";
import { nodeRegistrationFrom } from "../../config/versions/convert-join.ts";
import type { ControlPlaneNode } from "../../control-plane/control-plane-node.ts";

interface ControlPlaneToUpgrade extends Omit<ControlPlaneNode, "nodeRegistration"> {
  readonly name: string;
  /** The default ones suffice where only static Pods are made. */
  readonly criSocket?: string;
  readonly imagePullPolicy?: string;
  readonly imagePullSerial?: boolean;
}

/** Returns this machine as a control plane of the version that the configuration names. */
export function controlPlaneToUpgrade(options: ControlPlaneToUpgrade): ControlPlaneNode {
  const { name, criSocket = defaultCriSocket, imagePullPolicy = "", imagePullSerial = true, ...node } = options;
  return { ...node, nodeRegistration: nodeRegistrationFrom({ name, criSocket, imagePullPolicy, imagePullSerial }) };
}
