import { parse } from "yaml";
import { type Fields, isFields, type StoredObject, stringAt } from "../objects.ts";
import type { ResourceDefinition } from "../registry/resource.ts";
import { badRequest, unsupportedMediaType } from "../status.ts";
import { applyConfiguration } from "./apply.ts";
import { applyJsonPatch } from "./json-patch.ts";
import { applyMergePatch } from "./merge-patch.ts";
import { applyStrategicMergePatch } from "./strategic-merge-patch.ts";

export interface PatchRequest {
  readonly contentType: string;
  readonly body: Uint8Array;
  readonly definition: ResourceDefinition;
  readonly fieldManager: string;
  readonly isForced: boolean;
}

export interface Patch {
  /** Only a server-side apply makes what is not there. */
  readonly mayCreate: boolean;
  /** A version inside the patch must be that of the stored object. */
  readonly resourceVersion: string | undefined;
  apply(current: StoredObject | undefined, now: Date): unknown;
}

const supported = [
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
  "application/apply-patch+yaml",
];

export function patchObject(request: PatchRequest): Patch {
  const text = new TextDecoder().decode(request.body);
  const { definition } = request;
  switch (request.contentType) {
    case "application/json-patch+json": {
      const operations = parseJson(text);
      return simplePatch(operations, (current) => applyJsonPatch(current, operations));
    }
    case "application/merge-patch+json": {
      const patch = parseJson(text);
      return simplePatch(patch, (current) => applyMergePatch(current, patch));
    }
    case "application/strategic-merge-patch+json": {
      const patch = parseJson(text);
      return simplePatch(patch, (current) => applyStrategicMergePatch(current, patch, definition.kind));
    }
    case "application/apply-patch+yaml":
      return applyPatch(text, request);
    default:
      throw unsupportedMediaType(
        `the body of the request was in an unknown format - accepted media types include: ${supported.join(", ")}`,
      );
  }
}

function simplePatch(patch: unknown, change: (current: Fields) => unknown): Patch {
  return {
    mayCreate: false,
    resourceVersion: stringAt(patch, "metadata", "resourceVersion"),
    apply: (current) => change(current ?? {}),
  };
}

function applyPatch(text: string, { fieldManager, isForced, definition }: PatchRequest): Patch {
  if (fieldManager === "")
    throw badRequest(
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    );
  const configuration: unknown = parse(text);
  if (!isFields(configuration)) throw badRequest("error decoding YAML: the configuration must be an object");
  return {
    mayCreate: true,
    resourceVersion: stringAt(configuration, "metadata", "resourceVersion"),
    apply: (current, now) =>
      applyConfiguration({ current, configuration, manager: fieldManager, isForced, kind: definition.kind, now }),
  };
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badRequest(`couldn't get version/kind; json parse error: ${error instanceof Error ? error.message : error}`);
  }
}
