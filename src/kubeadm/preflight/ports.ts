import type { ServiceStatus } from "../../host/host.ts";
import { type Check, type Look, passed, problem } from "./check.ts";

export interface PortOptions {
  /** The one address to listen on; by default all. */
  readonly address?: string;
  /** Told about when the port is taken and the kubelet runs. */
  readonly kubelet?: Look<ServiceStatus | undefined>;
}

export function portAvailable(port: number, { address, kubelet }: PortOptions = {}): Check {
  return {
    name: `Port-${port}`,
    severity: "error",
    run: async (ports, signal) => {
      if (await ports.network.canListen(port, address)) return passed;
      // Any failure has this text upstream, an address that the machine does not have included.
      const message = `Port ${port} is in use`;
      if (address !== undefined && !ports.network.addresses().some((each) => each.address === address)) {
        return problem(message, { remedy: `This machine has no interface with the address ${address}.` });
      }
      const kubeletRuns = (await kubelet?.(ports, signal))?.state === "active";
      const remedy = kubeletRuns
        ? "The kubelet service of this machine runs already. Run 'kubeadm reset' to leave its cluster."
        : `'ss -ltnp sport = :${port}' names the program.`;
      return problem(message, { remedy });
    },
  };
}
