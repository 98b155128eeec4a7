import { connections } from "../../../src/cluster/connections.ts";
import type { Event } from "../../../src/events/event.ts";
import { eventsTo, silentEvents } from "../../../src/events/events.ts";
import { type MemoryHost, type MemorySeed, memoryHost } from "../../../src/host/memory.ts";
import { defaultTimeouts } from "../../../src/kubeadm/config/fields/timeouts.ts";
import type { UpgradeContext } from "../../../src/phases/upgrade/context.ts";
import type { Phase } from "../../../src/workflow/phase.ts";
import { plan } from "../../../src/workflow/plan.ts";
import { runSteps } from "../../../src/workflow/run.ts";
import { memoryContainerRuntimes } from "../../fixtures/cri/memory.ts";
import { outputOf } from "./administrator.ts";
import type { OldCluster } from "./old-cluster.ts";

export interface PhaseSetting extends MemorySeed {
  readonly role?: UpgradeContext["options"]["role"];
  readonly dryRun?: boolean;
}

export interface PhaseRun {
  readonly host: MemoryHost;
  readonly told: readonly Event[];
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs phases of `upgrade node` on cp1, without what comes before and after them. */
export async function runPhases(
  { controlPlane, files }: OldCluster,
  phases: readonly Phase<UpgradeContext>[],
  { role = "control-plane", dryRun = false, ...seed }: PhaseSetting = {},
): Promise<PhaseRun> {
  const host = memoryHost({
    clock: { start: new Date("2026-01-02T03:04:05Z"), automatic: true },
    services: { kubelet: { state: "active" } },
    ...seed,
    files: {
      ...files,
      "/var/lib/kubelet/instance-config.yaml": 'containerRuntimeEndpoint: "unix:///run/containerd/containerd.sock"\n',
      ...seed.files,
    },
  });
  const told: Event[] = [];
  const events = eventsTo((event) => told.push(event), host.clock.now);
  const context: UpgradeContext = {
    ...{ host, startedAt: host.clock.now(), readLine: async () => undefined },
    inspectServer: async () => undefined,
    includes: () => true,
    options: {
      role,
      ...{ dryRun, needsDryRunDirectory: false, ignorePreflightErrors: [], skipPhases: [], timeouts: defaultTimeouts },
      ...{ kubeconfigPath: "/etc/kubernetes/admin.conf", certificateRenewal: true, etcdUpgrade: true },
      ...{ imagePullPolicy: "IfNotPresent", imagePullSerial: true },
    },
    connections: connections({
      connectTransport: controlPlane.connectInProcess,
      environment: {},
      userAgent: "kubeadm/v1.37.2",
      events: silentEvents,
      monotonic: () => host.clock.monotonic(),
    }),
    connectContainerRuntime: memoryContainerRuntimes({}),
    connectEtcd: () => {
      throw new Error("these phases have nothing to do with etcd");
    },
  };
  const { signal } = new AbortController();
  await runSteps(plan(phases), { context, events, signal, clock: host.clock, finish: async () => undefined, dryRun });
  return { host, told, ...outputOf(told) };
}
