import type { Events } from "../../events/events.ts";
import type { Services } from "../../host/host.ts";
import type { KubeletConfiguration } from "./kubelet-configuration.ts";

/** systemd-resolved writes the real servers here; /etc/resolv.conf then names only its stub. */
const resolvedConfigurationPath = "/run/systemd/resolve/resolv.conf";

/**
 * Sets resolvConf so that Pods do not use the stub resolver of the node (upstream: componentconfigs,
 * mutateResolverConfig).
 */
export async function withNodeResolver(
  configuration: KubeletConfiguration,
  ports: { readonly services: Services; readonly events: Events; readonly signal: AbortSignal },
): Promise<KubeletConfiguration> {
  const warn = (message: string) => ports.events.emit("warning", { message });
  if ((await ports.services.manager()) === "none") {
    warn(
      "cannot determine if systemd-resolved is active: no supported init system detected, skipping checking for services",
    );
    return configuration;
  }
  const { state } = await ports.services.status("systemd-resolved", ports.signal);
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
