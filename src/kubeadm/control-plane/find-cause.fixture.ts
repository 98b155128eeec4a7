import type { Container, ContainerEnd } from "../../cri/container-runtime.ts";
import { type MemoryRuntime, memoryContainerRuntimes, memoryRuntime } from "../../cri/memory.ts";
import { silentEvents } from "../../events/events.ts";
import type { SeedService } from "../../host/memory/services.ts";
import { type MemoryHost, memoryHost } from "../../host/memory.ts";
import { nodeWith } from "./control-plane-node.fixture.ts";
import { findCause } from "./find-cause.ts";
import { OwnStarts } from "./own-starts.ts";
import { controlPlaneComponents, writeComponentManifests } from "./write-component-manifests.ts";
import { writeEtcdManifest } from "./write-etcd-manifest.ts";
import type { StaticPodName } from "./write-manifest.ts";

export const criSocket = "unix:///run/containerd/containerd.sock";

export interface Attempt {
  readonly state: Container["state"];
  readonly end?: Partial<ContainerEnd>;
  readonly log?: string;
  /** It was made by an earlier run. */
  readonly isOld?: boolean;
}

interface Machine {
  readonly runtime?: MemoryRuntime;
  readonly kubelet?: SeedService;
  readonly external?: boolean;
  /** What has become of the containers, oldest attempt first; of a component that is not named nothing is there. */
  readonly attempts?: Partial<Record<StaticPodName, readonly Attempt[]>>;
  /** Number of the first of them: what earlier runs left in /var/log/pods counts too. */
  readonly firstAttempt?: number;
}

/** When this run began. */
export const startedAt = new Date("2026-01-02T00:00:00Z");
const earlier = new Date("2026-01-01T00:00:00Z");

/** Returns what finds the cause on the machine. */
export async function causesOn({
  runtime = memoryRuntime(),
  kubelet = {},
  external = false,
  attempts = {},
  firstAttempt = 0,
}: Machine) {
  const host = memoryHost({ services: { kubelet: { state: "active", subState: "running", ...kubelet } } });
  const node = nodeWith(external ? { etcd: { external: { endpoints: ["http://e:2379"] } } } : {});
  const ports = { ...host, events: silentEvents };
  await writeComponentManifests(node, { components: controlPlaneComponents, patches: async () => [] }, ports);
  await writeEtcdManifest(node, { patches: [] }, ports);
  for (const [component, list] of Object.entries(attempts)) {
    place(
      component,
      list.map((attempt, index) => ({ ...attempt, number: firstAttempt + index })),
      runtime,
      host,
    );
  }
  return findCause(node, {
    connectRuntime: () => memoryContainerRuntimes({ [criSocket]: runtime })(criSocket),
    files: host.files,
    services: host.services,
    signal: new AbortController().signal,
    nodeName: "cp1",
    ownStarts: new OwnStarts(startedAt),
  });
}

type Numbered = Attempt & { readonly number: number };

function place(component: string, attempts: readonly Numbered[], runtime: MemoryRuntime, host: MemoryHost) {
  runtime.sandboxes.push({
    id: component,
    name: `${component}-cp1`,
    namespace: "kube-system",
    uid: component,
    ready: true,
  });
  const containers = attempts.map(({ state, end, log, isOld, number: attempt }) => {
    const id = `${component}-${attempt}`;
    if (end !== undefined) runtime.ends.set(id, { exitCode: 1, reason: "Error", message: "", ...end });
    if (log !== undefined) {
      const path = `/var/log/pods/${id}.log`;
      host.files.put(path, log);
      runtime.logPaths.set(id, path);
    }
    return { id, name: component, attempt, state, createdAt: isOld === true ? earlier : startedAt };
  });
  // Newest first, as containerd lists them.
  runtime.containers.set(component, containers.toReversed());
}
