import type { ServiceStatus } from "../../host/service-manager.ts";
import { shell } from "../../values/shell.ts";
import { type Check, type Look, passed, problem, shared } from "./check.ts";

const noManager = "no supported init system detected, skipping checking for services";

/** Returns a look at the status of the kubelet's service; undefined without a service manager. */
export function lookAtKubeletService(): Look<ServiceStatus | undefined> {
  return shared(async ({ services }, signal) =>
    (await services.manager()) === "none" ? undefined : services.status("kubelet", signal),
  );
}

/** The kubelet's service must be enabled; whether it is running does not matter. */
export function kubeletService(look: Look<ServiceStatus | undefined>): Check {
  return {
    name: "Service-kubelet",
    severity: "warning",
    run: async (ports, signal) => {
      const status = await look(ports, signal);
      if (status === undefined) return problem(noManager);
      if (!status.exists) return problem("kubelet service does not exist");
      if (status.enabled) return passed;
      const command = await ports.services.enableCommand("kubelet");
      return problem(`kubelet service is not enabled, please run '${command}'`);
    },
  };
}

export function firewalld(ports: readonly number[]): Check {
  return {
    name: "Firewalld",
    severity: "warning",
    run: async ({ services }, signal) => {
      if ((await services.manager()) === "none") return problem(noManager);
      const { exists, state } = await services.status("firewalld", signal);
      if (!exists || state !== "active") return passed;
      return problem(
        `firewalld is active, please ensure ports [${ports.join(" ")}] are open or your cluster may not function correctly`,
        {
          remedy: `${ports.map((port) => shell`firewall-cmd --permanent --add-port=${port}/tcp`).join("; ")}; firewall-cmd --reload`,
        },
      );
    },
  };
}
