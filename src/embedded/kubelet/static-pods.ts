import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { messageOf } from "../../errors/kubeadm-error.ts";
import { localClock } from "../../host/local/clock.ts";
import { changeNear } from "./change-near.ts";
import type { Log } from "./log.ts";
import { makePodCgroup, removePodCgroup } from "./pod-cgroup.ts";
import { connectPodRuntime, ImagePullFailure, type PodRuntime, type Sandbox } from "./pod-runtime.ts";
import type { RootedPath } from "./rooted-path.ts";
import { containerConfig, hostVolumes, readManifests, type StaticPod, sandboxConfig } from "./static-pod.ts";

/** A static pod and how it runs. */
export interface RunningPod {
  readonly pod: StaticPod;
  /** By container name. */
  readonly isRunning: ReadonlyMap<string, boolean>;
  /** Whether one of its containers has ever been started. */
  readonly hasStarted: boolean;
}

export interface StaticPodsOptions {
  /** The path on the node. */
  readonly directory: string;
  readonly nodeName: string;
  readonly runtimeEndpoint: string;
  /** Milliseconds that a Pod waits whose predecessor still ran when its manifest appeared. */
  readonly podRestartDelayMs: number;
  readonly rooted: RootedPath;
  readonly log: Log;
  readonly signal: AbortSignal;
}

const firstBackOffMs = 100;
const longestBackOffMs = 2_000;

/**
 * Keeps the runtime in line with the manifest directory: a new file starts a pod, a changed one replaces it, a removed
 * one stops it, a container that ends is restarted after a pause. Pods that a previous kubelet started are taken over.
 * As in the real kubelet, a pod whose predecessor still runs when its manifest appears waits until the kubelet looks
 * after it again; one that appears later starts immediately.
 */
export class StaticPods {
  readonly #options: StaticPodsOptions;
  readonly #failures = new Map<string, { count: number; notBefore: number }>();
  /** Failed pulls, by image. */
  readonly #pulls = new Map<string, { count: number; notBefore: number }>();
  /** By the UID of a Pod whose predecessor still ran when its manifest appeared: when it may start. */
  readonly #notBefore = new Map<string, number>();
  readonly #complaints = new Set<string>();
  #running: readonly RunningPod[] = [];

  constructor(options: StaticPodsOptions) {
    this.#options = options;
  }

  /** As of the last check. */
  get running(): readonly RunningPod[] {
    return this.#running;
  }

  /** Ends with the signal's reason; the pods keep running. */
  async run(): Promise<never> {
    const { directory, runtimeEndpoint, rooted, log, signal } = this.#options;
    const runtime = connectPodRuntime(rooted(runtimeEndpoint.replace(/^unix:\/\//, "")), signal);
    try {
      for (;;) {
        try {
          await this.#sync(runtime);
        } catch (error) {
          signal.throwIfAborted();
          log.error("Failed to sync static pods", messageOf(error));
        }
        await changeNear(rooted(directory), signal);
      }
    } finally {
      runtime.close();
    }
  }

  async #sync(runtime: PodRuntime): Promise<void> {
    const { directory, nodeName, rooted, log, podRestartDelayMs } = this.#options;
    const { pods: found, unreadable } = readManifests({ directory, here: rooted(directory), nodeName });
    for (const { file, reason } of unreadable) this.#complainOnce(file, reason);
    const present = (await runtime.sandboxes()).filter(({ name }) => name.endsWith(`-${nodeName}`));
    const pods = oneOfEachName(found, present);
    for (const uid of this.#notBefore.keys()) if (pods.every((pod) => pod.uid !== uid)) this.#notBefore.delete(uid);
    for (const sandbox of present.filter(({ uid, isReady }) => !isReady || pods.every((pod) => pod.uid !== uid))) {
      log.info("Killing pod", { pod: `${sandbox.namespace}/${sandbox.name}` });
      await runtime.stopAndRemove(sandbox.id);
      removePodCgroup(sandbox.uid, rooted);
      const retryAt = localClock.monotonic() + podRestartDelayMs;
      for (const pod of pods) if (isSuccessor(pod, sandbox)) this.#notBefore.set(pod.uid, retryAt);
    }
    const kept = present.filter(({ isReady }) => isReady);
    const running: RunningPod[] = [];
    for (const pod of pods) running.push(await this.#syncPod(runtime, pod, kept));
    this.#running = running;
  }

  async #syncPod(runtime: PodRuntime, pod: StaticPod, present: readonly Sandbox[]): Promise<RunningPod> {
    const { log, rooted } = this.#options;
    const isRunning = new Map<string, boolean>();
    let hasStarted = false;
    try {
      const found = present.find(({ uid }) => uid === pod.uid)?.id;
      if (found === undefined) {
        if (localClock.monotonic() < (this.#notBefore.get(pod.uid) ?? 0)) return { pod, isRunning, hasStarted };
        this.#makeVolumes(pod);
        makePodCgroup(pod, rooted);
      }
      const sandbox = found ?? (await runtime.runSandbox(sandboxConfig(pod)));
      const containers = await runtime.containers(sandbox);
      for (const spec of pod.object.spec.containers) {
        const last = containers
          .filter(({ name }) => name === spec.name)
          .reduce<number>((highest, { attempt }) => Math.max(highest, attempt), -1);
        const runs = containers.some(({ name, isRunning: now }) => name === spec.name && now);
        isRunning.set(spec.name, runs);
        hasStarted ||= last >= 0;
        if (runs || this.#isPausing(`${pod.uid}/${spec.name}`, last + 1) || this.#awaitsImage(spec.image)) continue;
        await runtime.startContainer(sandbox, containerConfig(pod, spec, last + 1));
        this.#pulls.delete(spec.image);
        log.info("Started container", { pod: `${pod.namespace}/${pod.name}`, container: spec.name });
      }
    } catch (error) {
      this.#options.signal.throwIfAborted();
      if (error instanceof ImagePullFailure) this.#reportPull(pod, error);
      else this.#complainOnce(pod.name, messageOf(error));
    }
    return { pod, isRunning, hasStarted };
  }

  /** As the real kubelet words it. */
  #reportPull(pod: StaticPod, { image, container, message }: ImagePullFailure): void {
    const count = (this.#pulls.get(image)?.count ?? 0) + 1;
    this.#pulls.set(image, { count, notBefore: localClock.monotonic() + pauseAfter(count) });
    const reason = `failed to "StartContainer" for ${JSON.stringify(container)} with ErrImagePull: ${JSON.stringify(message)}`;
    this.#options.log.error("Error syncing pod, skipping", reason, {
      pod: `${pod.namespace}/${pod.name}`,
      podUID: pod.uid,
    });
  }

  #awaitsImage(image: string): boolean {
    return localClock.monotonic() < (this.#pulls.get(image)?.notBefore ?? 0);
  }

  /** Reports whether a container that has ended waits for its next start; called for every attempt until it is made. */
  #isPausing(key: string, attempt: number): boolean {
    if (attempt === 0) return false;
    const now = localClock.monotonic();
    const failure = this.#failures.get(key);
    if (failure?.count === attempt) return now < failure.notBefore;
    this.#failures.set(key, { count: attempt, notBefore: now + pauseAfter(attempt) });
    return true;
  }

  /** Host paths of the types DirectoryOrCreate and FileOrCreate are created here, as the real kubelet does. */
  #makeVolumes(pod: StaticPod): void {
    for (const { path, type } of hostVolumes(pod)) {
      const here = this.#options.rooted(path);
      if (type === "DirectoryOrCreate") mkdirSync(here, { recursive: true, mode: 0o755 });
      if (type === "FileOrCreate" && !existsSync(here)) {
        mkdirSync(dirname(here), { recursive: true });
        writeFileSync(here, "", { mode: 0o644 });
      }
    }
  }

  #complainOnce(about: string, reason: string): void {
    const complaint = `${about}: ${reason}`;
    if (this.#complaints.has(complaint)) return;
    this.#complaints.add(complaint);
    this.#options.log.error("Could not process manifest file", reason, { about });
  }
}

/** How long the next start or pull waits; it doubles with each failure. */
function pauseAfter(failures: number): number {
  return Math.min(firstBackOffMs * 2 ** (failures - 1), longestBackOffMs);
}

function isSuccessor(pod: StaticPod, { name, namespace, uid }: Sandbox): boolean {
  return pod.name === name && pod.namespace === namespace && pod.uid !== uid;
}

/**
 * Two manifests may describe Pods of one name. The kubelet runs one of them: the one that runs already, or the first.
 */
function oneOfEachName(pods: readonly StaticPod[], present: readonly Sandbox[]): readonly StaticPod[] {
  const runs = (pod: StaticPod) => present.some(({ uid }) => uid === pod.uid);
  const isSame = (one: StaticPod, other: StaticPod) => one.name === other.name && one.namespace === other.namespace;
  return pods.filter((pod, index) => {
    const others = pods.filter((other) => other !== pod && isSame(pod, other));
    if (others.some(runs)) return runs(pod) && !pods.slice(0, index).some((other) => isSame(pod, other) && runs(other));
    return runs(pod) || !pods.slice(0, index).some((other) => isSame(pod, other));
  });
}
