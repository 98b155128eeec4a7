import { KubeadmError, withContext } from "../../errors/kubeadm-error.ts";
import type { Events } from "../../events/events.ts";
import { goQuote } from "../../go/quote.ts";
import { writeYaml } from "../../go/yaml/write-yaml.ts";
import type { Files } from "../../host/host.ts";
import { decodePod, PodError } from "../../kubernetes/pods/decode-pod.ts";
import { defined } from "../../values/defined.ts";
import type { JsonObject } from "../../values/json.ts";
import { inContext } from "../file-failure.ts";
import { applyPatches } from "../patches/apply-patches.ts";
import type { Patches } from "../patches/read-patches.ts";
import { manifestsDirectory } from "../paths.ts";

export interface ManifestPorts {
  readonly files: Pick<Files, "write" | "makeDirectory">;
  readonly events: Events;
}

export type StaticPodName = "etcd" | "kube-apiserver" | "kube-controller-manager" | "kube-scheduler";

/** Returns the path of a component's static Pod. */
export function manifestPath(name: StaticPodName): string {
  return `${manifestsDirectory}/${name}.yaml`;
}

/**
 * Writes a patched Pod to the kubelet's static Pod directory, with mode 0600, because its arguments may be
 * confidential. Throws PATCH_INVALID.
 */
export async function writeManifest(
  name: StaticPodName,
  pod: JsonObject,
  patches: Patches,
  { files, events }: ManifestPorts,
): Promise<void> {
  const patched = patchedPod(name, pod, patches, events);
  const path = manifestPath(name);
  await inContext(`failed to create static pod manifest file for ${goQuote(name)}`, async () => {
    await inContext(`failed to create directory ${goQuote(manifestsDirectory)}`, () =>
      files.makeDirectory(manifestsDirectory, { mode: 0o700 }),
    );
    await inContext(`failed to write static pod manifest file for ${goQuote(name)} (${goQuote(path)})`, async () => {
      await files.write(path, writeYaml(patched), { mode: 0o600, secret: true });
    });
  });
}

/** Throws what `writeManifest` would throw, and reports what it would report, without writing. */
export function checkManifest(
  name: StaticPodName,
  pod: JsonObject,
  patches: Patches,
  { events }: Pick<ManifestPorts, "events">,
): void {
  patchedPod(name, pod, patches, events);
}

/** Returns a static Pod with the patches of its name. Throws PATCH_INVALID. */
export function patchedPod(name: StaticPodName, pod: JsonObject, patches: Patches, events: Events): JsonObject {
  try {
    const patched = applyPatches(name, pod, patches, { events });
    return patched === pod ? pod : decoded(name, patched, patches, events);
  } catch (error) {
    throw withContext(error, `failed to patch static Pod manifest file for ${goQuote(name)}`);
  }
}

/** Decodes the Pod as the kubelet will, and warns of unknown fields; upstream drops them silently. */
function decoded(name: StaticPodName, patched: JsonObject, patches: Patches, events: Events): JsonObject {
  try {
    const { pod, unknown } = decodePod(patched);
    for (const field of unknown) {
      const message = `a patch sets the field ${field} of ${name}, which a Pod does not have: it is ignored`;
      events.emit("warning", { area: "patches", message });
    }
    return pod;
  } catch (error) {
    if (!(error instanceof PodError)) throw error;
    const paths = [...new Set(patches.filter(({ target }) => target === name).map(({ path }) => path))];
    const field = error.path === undefined ? "" : `${error.path} in `;
    throw new KubeadmError("PATCH_INVALID", `failed to unmarshal patched manifest: ${error.message}`, {
      cause: error,
      details: { paths, ...defined({ field: error.path }) },
      remedy: `Fix ${field}${paths.join(" or ")}.`,
    });
  }
}
