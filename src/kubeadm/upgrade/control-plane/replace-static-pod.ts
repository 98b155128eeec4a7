import { FileError } from "../../../host/host.ts";
import { defined } from "../../../values/defined.ts";
import { manifestPath, type StaticPodName } from "../../control-plane/write-manifest.ts";
import { copyFile, permissionsOf } from "../backups/copy-file.ts";
import { type AwaitedPod, awaitStaticPod } from "./await-static-pod.ts";
import { awaitEnd, awaitNoSandbox, previousPods, putManifest } from "./put-manifest.ts";
import type { RunningPod } from "./running-pods.ts";
import type { StaticPodChange, StaticPodPorts } from "./static-pod-change.ts";

export interface ReplacementSteps {
  /** Milliseconds for the kubelet and the component together. */
  readonly timeoutMs: number;
  /** Runs before the manifest changes, and again when an interrupted attempt goes on, for example to renew certificates. */
  readonly prepare?: () => Promise<void>;
  /**
   * Runs while the component is stopped, and the manifest is away for that time. Without this step the manifest is never
   * missing.
   */
  readonly whileStopped?: () => Promise<void>;
  /** Reports that the previous container accepts no requests any more: then it need not run until the kubelet kills it. */
  readonly hasStoppedServing?: () => Promise<boolean>;
  /** Runs just before the previous Pod is ended. */
  readonly beforeEnd?: () => Promise<void>;
  /** Resolves when the component works; throws why it does not. */
  readonly becomesHealthy: (timeoutMs: number) => Promise<void>;
}

/**
 * Replaces the static Pod of a component, and waits until the new one works. Whoever calls it restores the old one with
 * `restoreStaticPod` if it throws. What an interrupted attempt has done is not done again. Returns the UID of the new Pod.
 */
export async function replaceStaticPod(
  change: StaticPodChange,
  steps: ReplacementSteps,
  ports: StaticPodPorts,
): Promise<string> {
  const { awaitReplaced } = await beginReplacement(change, steps, ports);
  return awaitReplaced();
}

export interface BegunReplacement {
  /** Waits until the new Pod works. Returns its UID. */
  readonly awaitReplaced: () => Promise<string>;
}

/** Does the part of `replaceStaticPod` before the waits, so that several components can restart side by side. */
export async function beginReplacement(
  change: StaticPodChange,
  steps: ReplacementSteps,
  ports: StaticPodPorts,
): Promise<BegunReplacement> {
  const { component, backupPath, isInPlace } = change;
  const { events } = ports;
  if (!isInPlace) await keepBackup(change, ports);
  // Also beside a manifest in its place: a roll-back that was interrupted may have restored old certificates there.
  await steps.prepare?.();
  if (!isInPlace) {
    events.emit("upgrade.static-pod.moving", { component, path: manifestPath(component), backupPath });
  }
  events.emit("upgrade.static-pod.waiting", { component, timeoutMs: steps.timeoutMs });
  const awaitReplaced = async () => {
    const awaited = isInPlace ? await inPlace(change, ports) : await put(change, steps, ports);
    const uid = await awaitHealthyPod({ component, ...awaited, timeoutMs: steps.timeoutMs }, steps, ports);
    events.emit("upgrade.static-pod.upgraded", { component });
    return uid;
  };
  return { awaitReplaced };
}

type Awaited = Pick<AwaitedPod, "isAwaited" | "since">;

async function inPlace({ component, previousUid }: StaticPodChange, ports: StaticPodPorts): Promise<Awaited> {
  const since = (await ports.files.status(manifestPath(component)))?.modifiedAt ?? ports.clock.now();
  const isAwaited = ({ uid, container }: RunningPod) =>
    previousUid === undefined ? container.createdAt >= since : uid !== previousUid;
  return { isAwaited, since };
}

async function put(
  { component, manifest, previousUid, wasRestoring }: StaticPodChange,
  steps: ReplacementSteps,
  ports: StaticPodPorts,
): Promise<Awaited> {
  await stopped(component, steps, ports);
  const { previousUids, placedAt } = await putManifest({ ...steps, component, manifest, mode: 0o600 }, ports);
  const known = new Set(previousUid === undefined ? previousUids : [...previousUids, previousUid]);
  // The clock may have been set meanwhile: it counts only if no previous Pod is known, or the awaited one may be such a Pod.
  const isAwaited = ({ uid, container }: RunningPod) => {
    if (known.size > 0 && !known.has(uid)) return true;
    return (known.size === 0 || wasRestoring) && container.createdAt >= placedAt;
  };
  return { isAwaited, since: placedAt };
}

/** The first attempt's copy stays: what is there after it may be the new manifest. */
async function keepBackup({ component, backupPath }: StaticPodChange, { files }: StaticPodPorts): Promise<void> {
  if ((await files.status(backupPath)) !== undefined) return;
  await copyFile(manifestPath(component), backupPath, files);
}

/** Stops the component for a step. If it cannot be stopped, the manifest comes back: nothing has changed so far. */
async function stopped(
  component: StaticPodName,
  { beforeEnd, whileStopped, timeoutMs }: Pick<ReplacementSteps, "beforeEnd" | "whileStopped" | "timeoutMs">,
  ports: StaticPodPorts,
): Promise<void> {
  if (whileStopped === undefined) return;
  const previous = await previousPods(component, ports);
  if (previous.uids.size > 0) await beforeEnd?.();
  const putBack = await takeAway(manifestPath(component), ports);
  try {
    await awaitEnd(previous, { component, timeoutMs }, ports);
    await awaitNoSandbox({ component, timeoutMs }, ports);
  } catch (error) {
    await putBack();
    throw error;
  }
  await whileStopped();
}

/** Removes a manifest; none if an interrupted attempt has done so. Returns what puts it back. */
async function takeAway(path: string, { files, events }: StaticPodPorts): Promise<() => Promise<void>> {
  const status = await files.status(path);
  if (status === undefined) return async () => undefined;
  const manifest = await files.read(path);
  await files.remove(path);
  return async () => {
    try {
      await files.write(path, manifest, { mode: permissionsOf(status), secret: true });
    } catch (error) {
      // Why the component could not be stopped is what the caller reports.
      if (!(error instanceof FileError)) throw error;
      const message = `${path} could not be put back: ${error.message}`;
      events.emit("warning", { area: "upgrade/staticpods", message });
    }
  };
}

export type RestorationSteps = Omit<ReplacementSteps, "prepare">;

/**
 * Puts the old manifest of a component back, and waits until the old Pod works again. Does nothing for one whose manifest
 * has not been touched.
 */
export async function restoreStaticPod(
  { component, backupPath, previousUid }: Pick<StaticPodChange, "component" | "backupPath" | "previousUid">,
  steps: RestorationSteps,
  ports: StaticPodPorts,
): Promise<void> {
  const { files, events } = ports;
  const backup = await files.status(backupPath);
  if (backup === undefined) return;
  const path = manifestPath(component);
  events.emit("upgrade.static-pod.restoring", { component, path, backupPath });
  await stopped(component, steps, ports);
  const manifest = await files.readText(backupPath);
  const { previousUids, placedAt } = await putManifest(
    { ...steps, component, manifest, mode: backup.mode, ...defined({ uid: previousUid }) },
    ports,
  );
  // The same manifest makes a Pod of the same UID.
  const isAwaited = ({ uid }: RunningPod) => (previousUid === undefined ? !previousUids.has(uid) : uid === previousUid);
  const awaited = { component, isAwaited, since: placedAt, ...defined({ provenUid: previousUid }) };
  await awaitHealthyPod({ ...awaited, timeoutMs: steps.timeoutMs }, steps, ports);
  events.emit("upgrade.static-pod.restored", { component });
}

async function awaitHealthyPod(
  awaited: AwaitedPod,
  { becomesHealthy }: Pick<ReplacementSteps, "becomesHealthy">,
  ports: StaticPodPorts,
): Promise<string> {
  const started = ports.clock.monotonic();
  const uid = await awaitStaticPod(awaited, ports);
  const remainingMs = awaited.timeoutMs - (ports.clock.monotonic() - started);
  // Messages name it.
  await becomesHealthy(Math.ceil(remainingMs / 1_000) * 1_000);
  return uid;
}
