import type { Clock } from "../../../async/clock.ts";
import { KubeadmError, messageOf } from "../../../errors/kubeadm-error.ts";
import type { Events } from "../../../events/events.ts";
import { goQuote } from "../../../go/quote.ts";
import { toJson } from "../../../go/yaml/node.ts";
import { readYaml } from "../../../go/yaml/read-yaml.ts";
import { writeYaml } from "../../../go/yaml/write-yaml.ts";
import { FileError, type Files, type Services } from "../../../host/host.ts";
import { isSamePod } from "../../../kubernetes/pods/defaulted-pod.ts";
import { defined } from "../../../values/defined.ts";
import { isObject, type JsonObject } from "../../../values/json.ts";
import { manifestPath, type StaticPodName } from "../../control-plane/write-manifest.ts";
import { freePath } from "../backups/free-path.ts";
import { type RunningPodsPorts, runningPods, withRuntime } from "./running-pods.ts";
import { withoutWaiting } from "./waiting-manifest.ts";

export interface StaticPodPorts extends RunningPodsPorts {
  readonly files: Files;
  readonly services: Services;
  readonly clock: Clock;
  readonly events: Events;
}

export interface DesiredStaticPod {
  readonly component: StaticPodName;
  /** With patches. */
  readonly pod: JsonObject;
  /** Where the manifest that is there now is copied to. */
  readonly backupDirectory: string;
}

/** A static Pod that an upgrade replaces. */
export interface StaticPodChange {
  readonly component: StaticPodName;
  /** The new manifest. */
  readonly manifest: string;
  /** The old manifest, once `replaceStaticPod` has copied it. */
  readonly backupPath: string;
  /** An attempt that was interrupted has put the new manifest in its place already. */
  readonly isInPlace: boolean;
  /** The UID of the Pod that the old manifest made; undefined if it is not known, or none runs. */
  readonly previousUid?: string;
  /**
   * A roll-back that was interrupted was about to put the old manifest back: the Pod of the new one may still be ending,
   * and the next one has its UID.
   */
  readonly wasRestoring: boolean;
}

/**
 * Compares the Pod of a component with the manifest on disk. Returns undefined if they are equal and no attempt that was
 * interrupted has changed anything. Throws MANIFEST_INVALID and MANIFEST_MISSING; changes nothing.
 */
export async function findChange(
  { component, pod, backupDirectory }: DesiredStaticPod,
  ports: StaticPodPorts,
): Promise<StaticPodChange | undefined> {
  const { files } = ports;
  const backup = `${backupDirectory}/${component}.yaml`;
  const saved = await readManifest(backup, files);
  const present = await readManifest(manifestPath(component), files);
  // An interrupted attempt takes the manifest away while the component must not run.
  if (present === undefined && saved === undefined) throw missing(component);
  const isInPlace = present !== undefined && isSame(present, pod);
  if (isInPlace && (saved === undefined || isSame(saved, pod))) return undefined;
  const isOwn = present === undefined || saved === undefined || isSame(present, pod, saved);
  // An earlier attempt has not touched the manifest, or put it back, or somebody has edited it since.
  const isPrevious = saved === undefined || (present !== undefined && (!isOwn || isSame(present, saved.pod)));
  const wasRestoring = !isPrevious && present !== undefined && waitsFor(saved, present);
  const previousUid = wasRestoring ? undefined : await previousUidOf(component, { isPrevious }, ports);
  return {
    component,
    manifest: writeYaml(pod),
    // The backup of the first attempt is kept, also if somebody has edited the manifest since.
    backupPath: isOwn ? backup : await freePath(backup, (number) => `${backup}.${number}`, files),
    isInPlace,
    wasRestoring,
    ...defined({ previousUid }),
  };
}

interface Manifest {
  readonly path: string;
  readonly pod: JsonObject;
}

async function readManifest(path: string, files: Pick<Files, "readText">): Promise<Manifest | undefined> {
  let text: string;
  try {
    text = await files.readText(path);
  } catch (error) {
    if (error instanceof FileError && error.code === "not-found") return undefined;
    throw error;
  }
  try {
    const pod = toJson(readYaml(text));
    if (isObject(pod)) return { path, pod };
    throw invalid(path, "it is not an object");
  } catch (error) {
    throw error instanceof KubeadmError ? error : invalid(path, messageOf(error), error);
  }
}

/** With a backup: reports whether an attempt of this upgrade has left the manifest, also one that only waits. */
function isSame(manifest: Manifest, pod: JsonObject, saved?: Manifest): boolean {
  try {
    if (saved === undefined) return isSamePod(manifest.pod, pod);
    const left = withoutWaiting(manifest.pod);
    return isSamePod(left, pod) || isSamePod(left, saved.pod);
  } catch (error) {
    throw invalid(manifest.path, messageOf(error), error);
  }
}

/** Reports whether a manifest is that of the backup as it waits for the end of the previous Pod. */
function waitsFor(saved: Manifest, { path, pod }: Manifest): boolean {
  return isSame({ path, pod: withoutWaiting(pod) }, saved.pod);
}

function invalid(path: string, reason: string, cause?: unknown): KubeadmError {
  return new KubeadmError("MANIFEST_INVALID", `failed to read manifest for ${goQuote(path)}: ${reason}`, {
    ...defined({ cause }),
    details: { path },
  });
}

function missing(component: StaticPodName): KubeadmError {
  const path = manifestPath(component);
  return new KubeadmError("MANIFEST_MISSING", `the manifest of ${component} is missing: ${path} does not exist`, {
    details: { path },
  });
}

/**
 * Returns the UID of the Pod that runs if it is from the old manifest. If that is not the one that is there now, the Pod is
 * older than the manifest. The kubelet makes the UID of a static Pod from its manifest.
 */
async function previousUidOf(
  component: StaticPodName,
  { isPrevious }: { readonly isPrevious: boolean },
  ports: StaticPodPorts,
): Promise<string | undefined> {
  const running = (await withRuntime(ports, (runtime) => runningPods(component, runtime, ports))).at(-1);
  if (running === undefined || isPrevious) return running?.uid;
  const since = (await ports.files.status(manifestPath(component)))?.modifiedAt;
  return since !== undefined && running.container.createdAt < since ? running.uid : undefined;
}
