import { toJson } from "../../../../go/yaml/node.ts";
import { readYaml } from "../../../../go/yaml/read-yaml.ts";
import { applyJsonPatch } from "../../../../kubernetes/patches/json-patch.ts";
import { mergeSchemaOf } from "../../../../kubernetes/patches/merge-keys.ts";
import { applyMergePatch } from "../../../../kubernetes/patches/merge-patch.ts";
import { PatchError } from "../../../../kubernetes/patches/patch-error.ts";
import { applyStrategicMergePatch } from "../../../../kubernetes/patches/strategic-merge-patch.ts";
import { isList, isObject, type JsonObject, type JsonValue } from "../../../../values/json.ts";
import { isFields, type StoredObject, stringAt } from "../objects.ts";
import type { ResourceDefinition } from "../registry/resource.ts";
import { badRequest, StatusError, unsupportedMediaType } from "../status.ts";
import { applyConfiguration } from "./apply.ts";

export interface PatchRequest {
  readonly contentType: string;
  readonly body: Uint8Array;
  readonly definition: ResourceDefinition;
  readonly fieldManager: string;
  readonly isForced: boolean;
}

export interface Patch {
  /** Only a server-side apply creates a missing object. */
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
      if (!isList(operations))
        throw badRequest("error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch");
      return simplePatch(operations, (current) => applyJsonPatch(current, operations), unprocessable);
    }
    case "application/merge-patch+json": {
      const patch = parseJson(text);
      return simplePatch(patch, (current) => applyMergePatch(current, patch));
    }
    case "application/strategic-merge-patch+json": {
      const patch = parseJson(text);
      if (!isObject(patch)) throw badRequest("error decoding patch: a strategic merge patch must be an object");
      const schema = mergeSchemaOf(definition.kind);
      return simplePatch(patch, (current) => applyStrategicMergePatch(current, patch, schema));
    }
    case "application/apply-patch+yaml":
      return applyPatch(text, request);
    default:
      throw unsupportedMediaType(
        `the body of the request was in an unknown format - accepted media types include: ${supported.join(", ")}`,
      );
  }
}

/** `refusal` returns the answer to a patch that does not fit the object. */
function simplePatch(
  patch: JsonValue,
  change: (current: JsonObject) => JsonValue,
  refusal: (reason: string) => StatusError = badRequest,
): Patch {
  return {
    mayCreate: false,
    resourceVersion: stringAt(patch, "metadata", "resourceVersion"),
    apply: (current) => {
      try {
        // Stored objects came as JSON, or can be sent as JSON.
        return change((current ?? {}) as JsonObject);
      } catch (error) {
        if (error instanceof PatchError) throw refusal(error.message);
        throw error;
      }
    },
  };
}

/** Upstream's answer if a well-formed JSON patch does not apply; the reason in it is ours. */
function unprocessable(reason: string): StatusError {
  return new StatusError(422, "Invalid", `the server rejected our request due to an error in our request: ${reason}`);
}

function applyPatch(text: string, { fieldManager, isForced, definition }: PatchRequest): Patch {
  if (fieldManager === "")
    throw badRequest(
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    );
  const configuration = parseYaml(text);
  if (!isFields(configuration)) throw badRequest("error decoding YAML: the configuration must be an object");
  return {
    mayCreate: true,
    resourceVersion: stringAt(configuration, "metadata", "resourceVersion"),
    apply: (current, now) =>
      applyConfiguration({ current, configuration, manager: fieldManager, isForced, kind: definition.kind, now }),
  };
}

export function parseJson(text: string): JsonValue {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badRequest(`couldn't get version/kind; json parse error: ${error instanceof Error ? error.message : error}`);
  }
}

export function parseYaml(text: string): unknown {
  try {
    return toJson(readYaml(text));
  } catch (error) {
    throw badRequest(`error decoding YAML: ${error instanceof Error ? error.message : error}`);
  }
}
