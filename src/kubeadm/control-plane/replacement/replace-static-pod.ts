import { orElse } from "../../../async/or-else.ts";
import { copyFile, permissionsOf } from "../../../host/copy-file.ts";
import { FileError, isMissing } from "../../../host/file-error.ts";
import { manifestPath } from "../write-manifest.ts";
import { awaitSettled } from "./await-settled.ts";
import { awaitStaticPod } from "./await-static-pod.ts";
import { awaitEnd, awaitNoSandbox, presentUids, previousPods } from "./end-pod.ts";
import {
  type ActiveName,
  type At,
  type Events,
  hasTouched,
  next,
  type ReplacementSteps,
  type State,
  type StateName,
  type StaticPodChange,
} from "./replacement.ts";
import type { StaticPodPorts } from "./running-pods.ts";
import { waitingManifest } from "./waiting-manifest.ts";

/**
 * Replaces a static Pod; `replacement.ts` describes the states. Each method throws what has
 * failed; `goBack` then restores the previous Pod.
 */
export class StaticPodReplacement {
  readonly change: StaticPodChange;
  #state: State = { name: "found", known: undefined };

  constructor(change: StaticPodChange) {
    this.change = change;
  }

  get state(): State {
    return this.#state;
  }

  /** Reports whether an attempt, this one or one that was killed, may have changed more than certificates. */
  get isTouched(): boolean {
    return hasTouched(this.change, this.#state);
  }

  /** Prepares everything that does not touch what runs, so that several components can be replaced in parallel. */
  async begin(steps: ReplacementSteps, ports: StaticPodPorts): Promise<void> {
    await this.#run(next(this.change, this.#resting("found"), "begin", undefined), steps, ports);
  }

  /** Replaces the Pod, and waits until the new one works. */
  async finish(steps: ReplacementSteps, ports: StaticPodPorts): Promise<void> {
    await this.#run(next(this.change, this.#resting("ready"), "go", wayOf(steps)), steps, ports);
  }

  /** Leaves it at what an earlier attempt has done: the new Pod works. */
  accept({ events }: Pick<StaticPodPorts, "events">): void {
    this.#state = next(this.change, this.#resting("found"), "accept", undefined);
    events.emit("upgrade.static-pod.upgraded", { component: this.change.component });
  }

  /** Waits until the new Pod, which works, keeps running. `since`: older containers explain nothing. Returns its UID. */
  async settle(since: Date, steps: ReplacementSteps, ports: StaticPodPorts): Promise<string> {
    await this.#run(next(this.change, this.#resting("working"), "settle", since), steps, ports);
    return this.#resting("settled").known.uid;
  }

  /** Puts the previous manifest back, and waits until its Pod works. Does nothing for one that has not been touched. */
  async goBack(steps: ReplacementSteps, ports: StaticPodPorts): Promise<void> {
    const state = this.#resting("found", "ready", "working", "settled", "failed");
    await this.#run(next(this.change, state, "goBack", wayOf(steps)), steps, ports);
  }

  #resting<S extends StateName>(...names: readonly S[]): At<S> {
    const state = this.#state;
    if (isIn(state, names)) return state;
    throw new Error(`the replacement of ${this.change.component} is ${state.name}, and not ${names.join(" or ")}`);
  }

  async #run(state: State, steps: ReplacementSteps, ports: StaticPodPorts): Promise<void> {
    this.#state = state;
    while (isIn(this.#state, activeNames)) this.#state = await act(this.#state, { change: this.change, steps, ports });
    if (this.#state.name === "failed") throw this.#state.known.error;
  }
}

function wayOf({ whileStopped }: ReplacementSteps): "removing" | "looking" {
  return whileStopped === undefined ? "looking" : "removing";
}

function isIn<S extends StateName>(state: State | At<S>, names: readonly S[]): state is At<S> {
  return (names as readonly StateName[]).includes(state.name);
}

interface Action {
  readonly change: StaticPodChange;
  readonly steps: ReplacementSteps;
  readonly ports: StaticPodPorts;
}

async function act<S extends ActiveName>(state: At<S>, action: Action): Promise<State> {
  const { change } = action;
  let outcome: Events<S>["done"];
  try {
    outcome = await effects[state.name](action, state.known);
  } catch (error) {
    return next(change, state, "failed", error);
  }
  return next(change, state, "done", outcome);
}

/** What is done in each state. */
const effects: {
  readonly [S in ActiveName]: (action: Action, known: At<S>["known"]) => Promise<Events<S>["done"]>;
} = {
  saving: async ({ change: { component, backupPath }, ports: { files } }) => {
    // The first attempt's copy stays: what is there after it may be the new manifest.
    if ((await files.status(backupPath)) === undefined) await copyFile(manifestPath(component), backupPath, files);
  },
  preparing: async ({ change: { component, backupPath, found }, steps: { prepare, timeoutMs }, ports: { events } }) => {
    await prepare?.();
    const path = manifestPath(component);
    if (found !== "placed") events.emit("upgrade.static-pod.moving", { component, path, backupPath });
    events.emit("upgrade.static-pod.waiting", { component, timeoutMs });
  },
  removing: async ({ change: { component }, steps: { beforeEnd }, ports }) => {
    const pods = await previousPods(component, ports);
    if (pods.uids.size > 0) await beforeEnd?.();
    const path = manifestPath(component);
    const status = await ports.files.status(path);
    // One that was killed has removed it.
    if (status === undefined) return { pods, removed: undefined };
    const content = await ports.files.read(path);
    await ports.files.remove(path);
    return { pods, removed: { content, mode: permissionsOf(status) } };
  },
  stopping: async ({ change: { component }, steps: { timeoutMs }, ports }, { pods }) => {
    await awaitEnd(pods, { component, timeoutMs }, ports);
    await awaitNoSandbox({ component, timeoutMs }, ports);
  },
  puttingBack: async ({ change: { component }, ports: { files, events } }, { removed }) => {
    const path = manifestPath(component);
    try {
      if (removed !== undefined) await files.write(path, removed.content, { mode: removed.mode, secret: true });
    } catch (error) {
      // Why the component could not be stopped is what the caller reports.
      if (!(error instanceof FileError)) throw error;
      const message = `${path} could not be restored: ${error.message}`;
      events.emit("warning", { area: "upgrade/staticpods", message });
    }
  },
  stopped: async ({ steps: { whileStopped } }) => {
    await whileStopped?.();
  },
  looking: async ({ change: { component }, ports }) => {
    const pods = await previousPods(component, ports);
    const text = await orElse(undefined, isMissing, () => ports.files.readText(manifestPath(component)));
    return { pods, text };
  },
  // A static Pod whose predecessor still runs waits in the kubelet, which looks after it only every 10 to 15 seconds; one
  // that appears when its predecessor has ended starts immediately.
  ending: async ({ change: { component }, steps, ports }, { target: { manifest, mode }, pods }) => {
    await steps.beforeEnd?.();
    const waiting = waitingManifest(manifest, ports.clock.now());
    await ports.files.write(manifestPath(component), waiting, { mode, secret: true });
    await awaitEnd(pods, { ...steps, component }, ports);
  },
  placing: async ({ change: { component }, ports }, { target: { manifest, mode }, pods }) => {
    const { files, clock } = ports;
    const path = manifestPath(component);
    const uids = new Set([...pods.uids, ...(await presentUids(component, ports))]);
    const outcome = await files.write(path, manifest, { mode, secret: true });
    const placedAt = (await files.status(path))?.modifiedAt ?? clock.now();
    return { uids: outcome === "unchanged" ? new Set() : uids, placedAt };
  },
  starting: async ({ change: { component }, steps: { timeoutMs }, ports }, { expected, since }) => {
    const startedMs = ports.clock.monotonic();
    await awaitStaticPod({ component, expected, since, timeoutMs }, ports);
    return timeoutMs - (ports.clock.monotonic() - startedMs);
  },
  proving: async ({ change: { component }, steps: { becomesHealthy }, ports: { events } }, { to, remainingMs }) => {
    // Messages name it.
    await becomesHealthy(Math.ceil(remainingMs / 1_000) * 1_000);
    events.emit(to === "new" ? "upgrade.static-pod.upgraded" : "upgrade.static-pod.restored", { component });
  },
  settling: ({ change: { component }, steps, ports }, { since }) => awaitSettled({ ...steps, component, since }, ports),
  returning: async ({ change: { component, backupPath }, ports: { files, events } }) => {
    const backup = await files.status(backupPath);
    if (backup === undefined) return undefined;
    events.emit("upgrade.static-pod.restoring", { component, path: manifestPath(component), backupPath });
    return { manifest: await files.readText(backupPath), mode: backup.mode };
  },
};

const activeNames = Object.keys(effects) as readonly ActiveName[];
