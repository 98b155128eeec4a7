import { orElse } from "../../../async/or-else.ts";
import { KubeadmError, messageOf } from "../../../errors/kubeadm-error.ts";
import { goQuote } from "../../../go/quote.ts";
import { toJson } from "../../../go/yaml/node.ts";
import { readYaml } from "../../../go/yaml/read-yaml.ts";
import { writeYaml } from "../../../go/yaml/write-yaml.ts";
import { isMissing } from "../../../host/file-error.ts";
import { freePath } from "../../../host/free-path.ts";
import type { Files } from "../../../host/host.ts";
import { isSamePod } from "../../../kubernetes/pods/defaulted-pod.ts";
import { defined } from "../../../values/defined.ts";
import { isObject, type JsonObject } from "../../../values/json.ts";
import { manifestPath, type StaticPodName } from "../write-manifest.ts";
import type { Found, StaticPodChange } from "./replacement.ts";
import { newestPod, type StaticPodPorts } from "./running-pods.ts";
import { withoutWaiting } from "./waiting-manifest.ts";

/**
 * Compares the Pod of a component, with patches, with the manifest on disk, and finds out what an attempt that was
 * interrupted has left in the directory of its backups. Returns undefined if the Pods are equal and there was none. Throws
 * MANIFEST_INVALID and MANIFEST_MISSING; changes nothing.
 */
export async function findChange(
  component: StaticPodName,
  pod: JsonObject,
  backupDirectory: string,
  ports: StaticPodPorts,
): Promise<StaticPodChange | undefined> {
  const { files, clock } = ports;
  const path = manifestPath(component);
  const backup = `${backupDirectory}/${component}.yaml`;
  const saved = await readManifest(backup, files);
  const present = await readManifest(path, files);
  if (present === undefined && saved === undefined) throw missing(component);
  const found = foundIn(present, saved, pod);
  if (found === "equal") return undefined;
  const since = (await files.status(path))?.modifiedAt ?? clock.now();
  return {
    component,
    manifest: writeYaml(pod),
    backupPath: found === "edited" ? await freePath(backup, (number) => `${backup}.${number}`, files) : backup,
    found,
    since,
    ...defined({ previousUid: await previousUidOf(component, { found, since }, ports) }),
  };
}

interface Manifest {
  readonly path: string;
  readonly pod: JsonObject;
}

function foundIn(present: Manifest | undefined, saved: Manifest | undefined, pod: JsonObject): Found | "equal" {
  if (present === undefined) return "away";
  if (isSame(present, pod)) return saved === undefined || isSame(saved, pod) ? "equal" : "placed";
  if (saved === undefined || isSame(present, saved.pod)) return "previous";
  const waiting = { ...present, pod: withoutWaiting(present.pod) };
  if (isSame(waiting, saved.pod)) return "returning";
  return isSame(waiting, pod) ? "waiting" : "edited";
}

async function readManifest(path: string, files: Pick<Files, "readText">): Promise<Manifest | undefined> {
  const text = await orElse(undefined, isMissing, () => files.readText(path));
  if (text === undefined) return undefined;
  const pod = checked(path, () => toJson(readYaml(text)));
  if (isObject(pod)) return { path, pod };
  throw invalid(path, "it is not an object");
}

function isSame({ path, pod }: Manifest, other: JsonObject): boolean {
  return checked(path, () => isSamePod(pod, other));
}

function checked<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw invalid(path, messageOf(error), error);
  }
}

function invalid(path: string, reason: string, cause?: unknown): KubeadmError {
  const details = { path };
  const message = `failed to read manifest for ${goQuote(path)}: ${reason}`;
  return new KubeadmError("MANIFEST_INVALID", message, { ...defined({ cause }), details });
}

function missing(component: StaticPodName): KubeadmError {
  const path = manifestPath(component);
  const message = `the manifest of ${component} is missing: ${path} does not exist`;
  return new KubeadmError("MANIFEST_MISSING", message, { details: { path } });
}

/**
 * Returns the UID of the Pod that runs if it is from the previous manifest. If another one is there now, the Pod is older
 * than that. The kubelet makes the UID of a static Pod from its manifest: after a roll-back that was interrupted, the Pod
 * of the new manifest may still be ending, and the next one has its UID.
 */
async function previousUidOf(
  component: StaticPodName,
  { found, since }: Pick<StaticPodChange, "found" | "since">,
  ports: StaticPodPorts,
): Promise<string | undefined> {
  if (found === "returning" || found === "away") return undefined;
  const running = await newestPod(component, ports);
  const isPrevious = found === "previous" || found === "edited";
  return isPrevious || (running !== undefined && running.container.createdAt < since) ? running?.uid : undefined;
}
