import { createHash } from "node:crypto";
import type { Container, ContainerRuntime } from "../../../cri/container-runtime.ts";
import { type MemoryRuntime, memoryContainerRuntimes, memoryRuntime } from "../../../cri/memory.ts";
import type { Event } from "../../../events/event.ts";
import { eventsTo } from "../../../events/events.ts";
import { FileError } from "../../../host/host.ts";
import type { SeedEntry } from "../../../host/memory/files.ts";
import { type MemoryHost, memoryHost } from "../../../host/memory.ts";
import { defined } from "../../../values/defined.ts";
import { manifestPath, type StaticPodName } from "../write-manifest.ts";
import type { StaticPodPorts } from "./running-pods.ts";

/**
 * What the container of a manifest does. "ignored": the kubelet does not see the manifest. "crashes": the container exits
 * some seconds after each start; "crashes once": after the first.
 */
type Fate = "runs" | "exits" | "ignored" | "crashes" | "crashes once";

export interface StaticPodMachine {
  readonly host: MemoryHost;
  readonly runtime: MemoryRuntime;
  readonly ports: StaticPodPorts;
  readonly told: Event[];
  /** How many Pods of a component the kubelet has made. */
  made(component: StaticPodName): number;
  /** Whether the Pod of a component runs, its container included, and what its manifest says. */
  running(component: StaticPodName): string | undefined;
}

const names: readonly StaticPodName[] = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"];
const socket = "unix:///run/containerd/containerd.sock";
/** From a manifest to its Pod, if no other runs; a manifest that appears beside another Pod is looked after later. */
const startsAfterMs = 500;
const looksAgainAfterMs = 12_000;
/** Of a container that crashes. */
const runsForMs = 5_000;
const startsAgainAfterMs = 2_000;

interface Pod {
  readonly id: string;
  readonly uid: string;
  readonly manifest: string;
  readonly fate: Fate;
  readonly startedAt: Date;
}

interface StaticPodMachineOptions {
  readonly files?: Readonly<Record<string, SeedEntry>>;
  /** The time at which the machine begins. */
  readonly start?: Date;
  /** Milliseconds from a changed manifest to the end of the previous Pod. */
  readonly stopsAfterMs?: number;
}

interface Change {
  readonly text: string | undefined;
  readonly atMs: number;
  /** Another Pod of the component ran when it appeared. */
  readonly waits: boolean;
}

/**
 * Returns a machine in memory with a kubelet that follows the manifests on it: a manifest that changes ends the Pod, and
 * makes another one whose UID depends on the manifest.
 */
export function staticPodMachine(
  manifests: Partial<Record<StaticPodName, string>>,
  fateOf: (manifest: string, component: StaticPodName) => Fate = () => "runs",
  { files = {}, start: begin, stopsAfterMs = 1_000 }: StaticPodMachineOptions = {},
): StaticPodMachine {
  const host = memoryHost({
    clock: { automatic: true, ...defined({ start: begin }) },
    services: { kubelet: { state: "active" } },
    files: {
      ...files,
      ...Object.fromEntries(
        Object.entries(manifests).map(([name, text]) => [
          manifestPath(name as StaticPodName),
          { content: text, mode: 0o600 },
        ]),
      ),
    },
  });
  const runtime = memoryRuntime();
  const told: Event[] = [];
  const pods = new Map<StaticPodName, Pod>();
  const made = new Map<StaticPodName, number>();
  const changes = new Map<StaticPodName, Change>();

  const start = (component: StaticPodName, manifest: string) => {
    const uid = createHash("md5").update(manifest).digest("hex");
    const number = (made.get(component) ?? 0) + 1;
    made.set(component, number);
    const id = `${component}-${number}`;
    const pod = { id, uid, manifest, fate: fateOf(manifest, component), startedAt: host.clock.now() };
    pods.set(component, pod);
    const name = `${component}-cp1`;
    runtime.sandboxes = [...runtime.sandboxes, { id, name, namespace: "kube-system", uid, ready: true }];
    runtime.containers.set(id, [containerOf(component, pod, host.clock.now())]);
  };
  const stop = (component: StaticPodName) => {
    pods.delete(component);
    runtime.sandboxes = runtime.sandboxes.map((each) =>
      each.name === `${component}-cp1` ? { ...each, ready: false } : each,
    );
  };
  const follow = async () => {
    for (const [component, pod] of pods) {
      if (pod.fate.startsWith("crashes")) {
        runtime.containers.set(pod.id, [containerOf(component, pod, host.clock.now())]);
      }
    }
    for (const component of names) {
      const found = await textOf(host, component);
      const text =
        found !== undefined && fateOf(found, component) === "ignored" ? pods.get(component)?.manifest : found;
      const running = pods.get(component);
      if (text === running?.manifest) {
        changes.delete(component);
        continue;
      }
      const now = host.clock.monotonic();
      const seen = changes.get(component);
      const change =
        seen?.text === text && seen !== undefined ? seen : { text, atMs: now, waits: running !== undefined };
      changes.set(component, change);
      if (running !== undefined && now - change.atMs >= stopsAfterMs) stop(component);
      const startsAtMs = change.atMs + (change.waits ? looksAgainAfterMs : startsAfterMs);
      if (text !== undefined && !pods.has(component) && now >= startsAtMs) start(component, text);
    }
  };
  for (const [component, manifest] of Object.entries(manifests)) start(component as StaticPodName, manifest);
  const connect = memoryContainerRuntimes({ [socket]: runtime });
  const connectRuntime = (): ContainerRuntime => {
    const client = connect(socket);
    return {
      ...client,
      podSandboxes: async (options) => {
        await follow();
        return client.podSandboxes(options);
      },
    };
  };
  const ports: StaticPodPorts = {
    files: host.files,
    services: host.services,
    clock: host.clock,
    events: eventsTo((event) => told.push(event), host.clock.now),
    signal: new AbortController().signal,
    connectRuntime,
    nodeName: "cp1",
  };
  return {
    host,
    runtime,
    ports,
    told,
    made: (component) => made.get(component) ?? 0,
    running: (component) => {
      const pod = pods.get(component);
      if (pod === undefined) return undefined;
      const { state } = containerOf(component, pod, host.clock.now());
      return pod.fate.startsWith("crashes") && state !== "running" ? undefined : pod.manifest;
    },
  };
}

/** The newest container of a Pod at a time. */
function containerOf(name: StaticPodName, { id, fate, startedAt }: Pod, now: Date): Container {
  const once = { id: `c-${id}`, name, attempt: 0, createdAt: startedAt };
  if (fate === "exits") return { ...once, state: "exited" };
  if (fate !== "crashes" && fate !== "crashes once") return { ...once, state: "running" };
  const periodMs = runsForMs + startsAgainAfterMs;
  const elapsedMs = now.getTime() - startedAt.getTime();
  const attempt = Math.min(Math.floor(elapsedMs / periodMs), fate === "crashes" ? Number.POSITIVE_INFINITY : 1);
  const createdAt = new Date(startedAt.getTime() + attempt * periodMs);
  const exits = fate === "crashes" || attempt === 0;
  const state = exits && now.getTime() - createdAt.getTime() >= runsForMs ? "exited" : "running";
  return { id: `c-${id}-${attempt}`, name, attempt, createdAt, state };
}

async function textOf({ files }: MemoryHost, component: StaticPodName): Promise<string | undefined> {
  try {
    return await files.readText(manifestPath(component));
  } catch (error) {
    if (error instanceof FileError) return undefined;
    throw error;
  }
}
