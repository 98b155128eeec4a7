import { messageOf } from "../../errors/kubeadm-error.ts";
import type { Events } from "../../events/events.ts";
import type { ServiceStatus, Services } from "../../host/service-manager.ts";

export const kubeletService = "kubelet";

export interface KubeletServicePorts {
  readonly services: Services;
  readonly events: Events;
  readonly signal: AbortSignal;
}

/** What is known of the kubelet after a stop. */
export interface StoppedKubelet {
  /** "unknown": it may run, under no service manager or in spite of the stop. */
  readonly outcome: "stopped" | "was-not-running" | "unknown";
  /** Its service before; undefined without a service manager. */
  readonly service: ServiceStatus | undefined;
}

/**
 * Stops the kubelet while its configuration is written. Upstream always asks the service manager to stop it; here only
 * a running kubelet is stopped. A failure is a warning, as upstream.
 */
export async function stopKubelet(ports: KubeletServicePorts): Promise<StoppedKubelet> {
  const service = await kubeletStatus(ports, "stop");
  if (service === undefined || !service.exists) return { outcome: "unknown", service };
  if (service.state === "inactive" || service.state === "failed") return { outcome: "was-not-running", service };
  try {
    await ports.services.stop(kubeletService, ports.signal);
    return { outcome: "stopped", service };
  } catch (error) {
    warn(ports, `unable to stop the kubelet service momentarily: [${messageOf(error)}]`);
    // The service manager completes a stop even if kubeadm no longer waits for it.
    return { outcome: ports.signal.aborted ? "stopped" : "unknown", service };
  }
}

/**
 * Reports whether the kubelet runs, or is about to. Without a service manager nobody knows: then it counts as running,
 * and the wait for its health decides.
 */
export async function isKubeletRunning({
  services,
  signal,
}: Pick<KubeletServicePorts, "services" | "signal">): Promise<boolean> {
  if ((await services.manager()) === "none") return true;
  const { state } = await services.status(kubeletService, signal);
  return state === "active" || state === "activating";
}

/** (Re)starts the kubelet with the written files, and prints that it does. `service` is what a stop has just seen. */
export async function startKubelet(service: ServiceStatus | undefined, ports: KubeletServicePorts): Promise<void> {
  ports.events.emit("kubelet.starting", {});
  await restartKubelet(ports, service?.exists === true ? service : undefined);
}

/**
 * (Re)starts the kubelet. Reloads the unit files only if systemd reports that they changed: a daemon-reload takes
 * longer than all of kubeadm's own work in a join. A failure is a warning, as upstream. `seen` is the service as it has just
 * been found.
 */
export async function restartKubelet(ports: KubeletServicePorts, seen?: ServiceStatus): Promise<void> {
  const status = seen ?? (await kubeletStatus(ports, "start"));
  if (status === undefined) return;
  try {
    if (status.needsReload || !status.exists) await ports.services.reloadDefinitions(ports.signal);
    await ports.services.restart(kubeletService, ports.signal);
  } catch (error) {
    warn(ports, `unable to start the kubelet service: [${messageOf(error)}]`);
    ports.events.emit("kubelet.start.failed", {});
  }
}

async function kubeletStatus(ports: KubeletServicePorts, action: "start" | "stop"): Promise<ServiceStatus | undefined> {
  if ((await ports.services.manager()) === "none") {
    ports.events.emit("kubelet.service.unmanaged", { reason: "no-service-manager", action });
    return undefined;
  }
  const status = await ports.services.status(kubeletService, ports.signal);
  if (!status.exists) ports.events.emit("kubelet.service.unmanaged", { reason: "no-service", action });
  return status;
}

function warn(ports: KubeletServicePorts, message: string): void {
  ports.events.emit("warning", { area: "kubelet-start", message: `WARNING: ${message}` });
}
