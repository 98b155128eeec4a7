import type { ServiceStatus } from "../../host/service-manager.ts";
import { type Check, type Look, passed, problem } from "./check.ts";

import { remedyOfMember } from "./files.ts";
export interface PortOptions {
  /** The only address to check; all by default. */
  readonly address?: string;
  /** Lets the remedy say that the kubelet holds the port, if it is running. */
  readonly kubelet?: Look<ServiceStatus | undefined>;
}

export function portAvailable(port: number, { address, kubelet }: PortOptions = {}): Check {
  return {
    name: `Port-${port}`,
    severity: "error",
    run: async (ports, signal) => {
      if (await ports.network.canListen(port, address)) return passed;
      // Upstream prints this for any failure, including an address that the machine does not have.
      const message = `Port ${port} is in use`;
      if (address !== undefined && !ports.network.addresses().some((each) => each.address === address)) {
        return problem(message, { remedy: `This machine has no interface with the address ${address}.` });
      }
      const kubeletRuns = (await kubelet?.(ports, signal))?.state === "active";
      const remedy = kubeletRuns
        ? `The kubelet service of this machine is already running. ${await remedyOfMember(ports.files)}`
        : `'ss -ltnp sport = :${port}' shows the program.`;
      return problem(message, { remedy });
    },
  };
}
