import { redactor } from "../../../src/cli/render/redact.ts";
import { textRenderer } from "../../../src/cli/render/text.ts";
import { connections } from "../../../src/cluster/connections.ts";
import type { ControlPlane } from "../../../src/embedded/control-plane/index.ts";
import type { Event } from "../../../src/events/event.ts";
import { eventsTo, silentEvents } from "../../../src/events/events.ts";
import { memoryHost } from "../../../src/host/memory.ts";
import type { ClusterWritePorts } from "../../../src/kubeadm/cluster-objects/write-objects.ts";
import { loadKubeconfigFor, openKubeconfig } from "../../../src/kubeadm/kubeconfig/open-kubeconfig.ts";
import { memoryPorts } from "../../fixtures/cli/memory-ports.ts";

/** The administrator of an embedded cluster, and what was reported while it worked. */
export interface Administrator {
  readonly requests: ClusterWritePorts;
  readonly told: readonly Event[];
  /** What a user sees. */
  readonly output: () => { readonly stdout: string; readonly stderr: string };
}

/** Opens a cluster as its administrator; failures are tried again for two seconds, on a clock that does not wait. */
export async function administratorOf({ adminKubeconfig, connectInProcess }: ControlPlane): Promise<Administrator> {
  const path = "/etc/kubernetes/admin.conf";
  const host = memoryHost({
    files: { [path]: adminKubeconfig },
    clock: { start: new Date(0), automatic: true },
  });
  const { signal } = new AbortController();
  const told: Event[] = [];
  const events = eventsTo((event) => told.push(event), host.clock.now);
  const pool = connections({
    connectTransport: connectInProcess,
    environment: {},
    userAgent: "kubeadm/v1.37.2",
    events: silentEvents,
    monotonic: () => host.clock.monotonic(),
  });
  const cluster = await openKubeconfig(
    await loadKubeconfigFor("failed to load admin kubeconfig", path, host.files),
    path,
    {
      ...{ files: host.files, commands: host.commands, environment: {}, events, signal, connections: pool },
    },
  );
  return {
    requests: { cluster, clock: host.clock, events, signal, timeoutMs: 2_000 },
    told,
    output: () => outputOf(told),
  };
}

/** What a user sees of events. */
export function outputOf(told: readonly Event[]): { readonly stdout: string; readonly stderr: string } {
  const { stdout, stderr, ...rest } = memoryPorts();
  const renderer = textRenderer({
    ...{ ...rest, stdout, stderr, redact: redactor([]) },
    verbosity: { level: 0, areas: [] },
  });
  for (const event of told) renderer.event(event);
  return { stdout: stdout.text(), stderr: stderr.text() };
}
