import { messageOf } from "../../errors/kubeadm-error.ts";
import type { Events } from "../../events/events.ts";
import type { ServiceStatus, Services } from "../../host/host.ts";

export const kubeletService = "kubelet";

export interface KubeletServicePorts {
  readonly services: Services;
  readonly events: Events;
  readonly signal: AbortSignal;
}

/**
 * Stops the kubelet while its configuration is written. Upstream always asks the service manager to stop it; a kubelet
 * that does not run needs no stopping. Not being able to is a warning, as it is upstream. Says whether it ran before and may
 * have been stopped.
 */
export async function stopKubelet(ports: KubeletServicePorts): Promise<boolean> {
  const status = await kubeletStatus(ports, "stop");
  if (status === undefined || status.state === "inactive" || status.state === "failed") return false;
  try {
    await ports.services.stop(kubeletService, ports.signal);
    return true;
  } catch (error) {
    warn(ports, `unable to stop the kubelet service momentarily: [${messageOf(error)}]`);
    // A service manager goes on with what it was asked for when nobody waits for it any more.
    return ports.signal.aborted;
  }
}

/** (Re)starts the kubelet with what has been written, and says so. */
export async function startKubelet(ports: KubeletServicePorts): Promise<void> {
  ports.events.emit("kubelet.starting", {});
  await restartKubelet(ports);
}

/**
 * (Re)starts the kubelet. The unit files are read anew only where systemd says that they changed: a daemon-reload costs more
 * than all of kubeadm's own work in a join. Not being able to is a warning, as it is upstream.
 */
export async function restartKubelet(ports: KubeletServicePorts): Promise<void> {
  const status = await kubeletStatus(ports, "start");
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
