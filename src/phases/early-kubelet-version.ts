import { started } from "../async/started.ts";
import type { ConnectContainerRuntime } from "../cri/container-runtime.ts";
import type { Events } from "../events/events.ts";
import type { Host } from "../host/host.ts";
import { observedHost } from "../host/observed.ts";
import type { Look } from "../kubeadm/preflight/check.ts";
import { type KubeletVersion, readKubeletVersion } from "../kubeadm/preflight/kubelet-version.ts";

interface EarlyPorts {
  readonly host: Host;
  readonly connectContainerRuntime: ConnectContainerRuntime;
  readonly events: Events;
  readonly signal: AbortSignal;
}

/**
 * Starts `kubelet --version`, which takes longer than all other checks, while a run is being prepared. The work gets the
 * look of which it is the answer; when the work ends, so does the program.
 */
export async function withKubeletVersion<T>(
  { host, connectContainerRuntime, events, signal }: EarlyPorts,
  work: (kubelet: Look<KubeletVersion>) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const look = readKubeletVersion();
  const ports = { ...observedHost(host, events), connectContainerRuntime };
  void started(look(ports, AbortSignal.any([signal, over.signal])));
  try {
    return await work(look);
  } finally {
    over.abort();
  }
}
