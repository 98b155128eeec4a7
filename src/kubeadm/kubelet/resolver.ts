import type { Events } from "../../events/events.ts";
import type { ServiceState, Services } from "../../host/service-manager.ts";
import type { KubeletConfiguration } from "./kubelet-configuration.ts";

/** systemd-resolved writes the real servers here; /etc/resolv.conf then names only its stub. */
const resolvedConfigurationPath = "/run/systemd/resolve/resolv.conf";

/** The state of systemd-resolved, or that no init system can tell. */
export type ResolverState = ServiceState | "no init system";

export async function readResolverState(
  services: Pick<Services, "manager" | "status">,
  signal: AbortSignal,
): Promise<ResolverState> {
  if ((await services.manager()) === "none") return "no init system";
  return (await services.status("systemd-resolved", signal)).state;
}

/**
 * Sets resolvConf so that Pods do not use the stub resolver of the node (upstream: componentconfigs,
 * mutateResolverConfig).
 */
export function withNodeResolver(
  configuration: KubeletConfiguration,
  state: ResolverState,
  events: Events,
): KubeletConfiguration {
  const warn = (message: string) => events.emit("warning", { message });
  if (state === "no init system") {
    warn(
      "cannot determine if systemd-resolved is active: no supported init system detected, skipping checking for services",
    );
    return configuration;
  }
  if (state !== "active" && state !== "activating") return configuration;
  const given = configuration["resolvConf"];
  if (given === undefined || given === null) return { ...configuration, resolvConf: resolvedConfigurationPath };
  if (given !== resolvedConfigurationPath) {
    warn(
      `The recommended value for "resolvConf" in "KubeletConfiguration" is: ${resolvedConfigurationPath}; the provided value is: ${String(given)}`,
    );
  }
  return configuration;
}
