import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { maskSecrets } from "../../errors/mask-secrets.ts";
import type { Events } from "../../events/events.ts";
import { goQuote } from "../../go/quote.ts";
import { applyJsonPatch } from "../../kubernetes/patches/json-patch.ts";
import {
  kubeletMergeSchema,
  type MergeSchema,
  podMergeSchema,
  workloadMergeSchema,
} from "../../kubernetes/patches/merge-keys.ts";
import { applyMergePatch } from "../../kubernetes/patches/merge-patch.ts";
import { PatchError } from "../../kubernetes/patches/patch-error.ts";
import { applyStrategicMergePatch } from "../../kubernetes/patches/strategic-merge-patch.ts";
import { isObject, type JsonObject, type JsonValue } from "../../values/json.ts";
import type { Patch, Patches, PatchKind, PatchTarget } from "./read-patches.ts";

const mediaTypes: Readonly<Record<PatchKind, string>> = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
};

/**
 * Returns the document with the patches for `target` applied, one after the other. Throws PATCH_INVALID with file and
 * cause.
 */
export function applyPatches(
  target: PatchTarget,
  document: JsonObject,
  patches: Patches,
  { events }: { readonly events: Events },
): JsonObject {
  let patched = document;
  for (const patch of patches) {
    if (patch.target !== target) continue;
    patched = applyPatch(patched, patch);
    events.emit("patches.applied", { patchType: mediaTypes[patch.kind], target });
  }
  return patched;
}

function applyPatch(document: JsonObject, patch: Patch): JsonObject {
  const { target, kind, content, path } = patch;
  try {
    const patched = patchedBy(kind, document, content, schemaOf(target));
    if (isObject(patched)) return patched;
    throw new PatchError("the patched document is not an object");
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    const shown = maskSecrets(JSON.stringify(content));
    const message = [
      `could not apply the following patch of type ${goQuote(mediaTypes[kind])} to target ${goQuote(target)}:`,
      shown,
      ...`: ${error.message}`.split("\n"),
    ];
    throw new KubeadmError("PATCH_INVALID", message, { cause: error, details: { path }, remedy: `Fix ${path}.` });
  }
}

function patchedBy(kind: PatchKind, document: JsonValue, patch: JsonValue, schema: MergeSchema): JsonValue {
  if (kind === "json") return applyJsonPatch(document, patch);
  if (kind === "merge") return applyMergePatch(document, patch);
  return applyStrategicMergePatch(document, patch, schema);
}

function schemaOf(target: PatchTarget): MergeSchema {
  if (target === "kubeletconfiguration") return kubeletMergeSchema;
  return target === "corednsdeployment" || target === "kubeproxydaemonset" ? workloadMergeSchema : podMergeSchema;
}
