import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { messageOf } from "../../errors/kubeadm-error.ts";
import { localClock } from "../../host/local/clock.ts";
import { changeNear } from "./change-near.ts";
import type { Log } from "./log.ts";
import { connectPodRuntime, type PodRuntime, type Sandbox } from "./pod-runtime.ts";
import type { RootedPath } from "./rooted-path.ts";
import { containerConfig, hostVolumes, readManifests, type StaticPod, sandboxConfig } from "./static-pod.ts";

/** A static pod and how it runs. */
export interface RunningPod {
  readonly pod: StaticPod;
  /** By container name. */
  readonly isRunning: ReadonlyMap<string, boolean>;
}

export interface StaticPodsOptions {
  /** The path on the node. */
  readonly directory: string;
  readonly nodeName: string;
  readonly runtimeEndpoint: string;
  readonly rooted: RootedPath;
  readonly log: Log;
  readonly signal: AbortSignal;
}

const firstBackOffMs = 100;
const longestBackOffMs = 2_000;

/**
 * Keeps the runtime in line with the manifest directory: a new file starts a pod, a changed one replaces it, a removed
 * one stops it, a container that ends is restarted after a pause. Pods that a previous kubelet started are taken over.
 */
export class StaticPods {
  readonly #options: StaticPodsOptions;
  readonly #failures = new Map<string, { count: number; notBefore: number }>();
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
    const { directory, nodeName, rooted, log } = this.#options;
    const { pods, unreadable } = readManifests(rooted(directory), nodeName);
    for (const { file, reason } of unreadable) this.#complainOnce(file, reason);
    const present = (await runtime.sandboxes()).filter(({ name }) => name.endsWith(`-${nodeName}`));
    for (const sandbox of present.filter(({ uid, isReady }) => !isReady || pods.every((pod) => pod.uid !== uid))) {
      log.info("Killing pod", { pod: `${sandbox.namespace}/${sandbox.name}` });
      await runtime.stopAndRemove(sandbox.id);
    }
    const kept = present.filter(({ isReady }) => isReady);
    const running: RunningPod[] = [];
    for (const pod of pods) running.push(await this.#syncPod(runtime, pod, kept));
    this.#running = running;
  }

  async #syncPod(runtime: PodRuntime, pod: StaticPod, present: readonly Sandbox[]): Promise<RunningPod> {
    const { log } = this.#options;
    const isRunning = new Map<string, boolean>();
    try {
      const found = present.find(({ uid }) => uid === pod.uid)?.id;
      if (found === undefined) this.#makeVolumes(pod);
      const sandbox = found ?? (await runtime.runSandbox(sandboxConfig(pod)));
      const containers = await runtime.containers(sandbox);
      for (const spec of pod.object.spec.containers) {
        const last = containers
          .filter(({ name }) => name === spec.name)
          .reduce<number>((highest, { attempt }) => Math.max(highest, attempt), -1);
        const runs = containers.some(({ name, isRunning: now }) => name === spec.name && now);
        isRunning.set(spec.name, runs);
        if (runs || this.#isPausing(`${pod.uid}/${spec.name}`, last + 1)) continue;
        await runtime.startContainer(sandbox, containerConfig(pod, spec, last + 1));
        log.info("Started container", { pod: `${pod.namespace}/${pod.name}`, container: spec.name });
      }
    } catch (error) {
      this.#options.signal.throwIfAborted();
      this.#complainOnce(pod.name, messageOf(error));
    }
    return { pod, isRunning };
  }

  /** Reports whether a container that has ended waits for its next start; called for every attempt until it is made. */
  #isPausing(key: string, attempt: number): boolean {
    if (attempt === 0) return false;
    const now = localClock.monotonic();
    const failure = this.#failures.get(key);
    if (failure?.count === attempt) return now < failure.notBefore;
    const pause = Math.min(firstBackOffMs * 2 ** (attempt - 1), longestBackOffMs);
    this.#failures.set(key, { count: attempt, notBefore: now + pause });
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
