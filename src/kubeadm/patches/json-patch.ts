import type { JsonObject, JsonValue } from "../yaml/node.ts";
import { isObject, jsonEquals, PatchError } from "./patch-error.ts";

/** Applies a JSON patch (RFC 6902): all of its operations, or none with PatchError. */
export function applyJsonPatch(document: JsonValue, patch: JsonValue): JsonValue {
  if (!Array.isArray(patch)) throw new PatchError("a JSON patch is a list of operations");
  return (patch as readonly JsonValue[]).reduce<JsonValue>(applyOperation, document);
}

function applyOperation(document: JsonValue, operation: JsonValue): JsonValue {
  if (!isObject(operation)) throw new PatchError("an operation of a JSON patch is an object");
  const path = pointer(operation, "path");
  switch (operation["op"]) {
    case "add":
      return add(document, path, operand(operation));
    case "remove":
      return remove(document, path);
    case "replace":
      return replace(document, path, operand(operation));
    case "move": {
      const from = pointer(operation, "from");
      if (isInside(path, from)) throw new PatchError(`cannot move ${shown(from)} into itself`);
      return add(remove(document, from), path, get(document, from));
    }
    case "copy":
      return add(document, path, get(document, pointer(operation, "from")));
    case "test":
      if (jsonEquals(get(document, path), operand(operation))) return document;
      throw new PatchError(`testing value ${shown(path)} failed`);
    default:
      throw new PatchError(`unexpected kind: ${String(operation["op"])}`);
  }
}

function operand(operation: JsonObject): JsonValue {
  const value = operation["value"];
  if (value === undefined) throw new PatchError(`operation "${String(operation["op"])}" has no value`);
  return value;
}

/** RFC 6901: `/a~1b/0` is ["a/b", "0"]. */
function pointer(operation: JsonObject, field: "path" | "from"): readonly string[] {
  const text = operation[field];
  if (typeof text !== "string" || (text !== "" && !text.startsWith("/"))) {
    throw new PatchError(`operation "${String(operation["op"])}" has no valid ${field}`);
  }
  return text
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function shown(path: readonly string[]): string {
  return path.map((step) => `/${step.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

function isInside(path: readonly string[], parent: readonly string[]): boolean {
  return path.length > parent.length && parent.every((step, index) => path[index] === step);
}

function get(document: JsonValue, path: readonly string[]): JsonValue {
  let current = document;
  for (const [depth, step] of path.entries()) {
    const next = childOf(current, step);
    if (next === undefined) throw missing(path.slice(0, depth + 1));
    current = next;
  }
  return current;
}

function childOf(value: JsonValue, step: string): JsonValue | undefined {
  if (Array.isArray(value)) return isIndex(step) ? (value as readonly JsonValue[])[Number(step)] : undefined;
  return isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
}

function isIndex(step: string): boolean {
  return /^(0|[1-9][0-9]*)$/.test(step);
}

function missing(path: readonly string[]): PatchError {
  return new PatchError(`missing value at ${shown(path)}`);
}

/** A new document in which `change` has been applied to the parent of what `path` names. */
function changeParent(
  document: JsonValue,
  path: readonly string[],
  change: (parent: JsonValue, step: string) => JsonValue,
): JsonValue {
  const [step, ...rest] = path;
  if (step === undefined) throw new PatchError("the whole document cannot be removed");
  if (rest.length === 0) return change(document, step);
  const child = childOf(document, step);
  if (child === undefined) throw missing(path);
  return put(document, step, changeParent(child, rest, change));
}

/** An existing child replaced. */
function put(parent: JsonValue, step: string, child: JsonValue): JsonValue {
  if (Array.isArray(parent)) return (parent as readonly JsonValue[]).with(Number(step), child);
  return { ...(parent as JsonObject), [step]: child };
}

function add(document: JsonValue, path: readonly string[], value: JsonValue): JsonValue {
  if (path.length === 0) return value;
  return changeParent(document, path, (parent, step) => {
    if (isObject(parent)) return { ...parent, [step]: value };
    if (!Array.isArray(parent)) throw missing(path);
    const list = parent as readonly JsonValue[];
    if (step === "-") return [...list, value];
    if (!isIndex(step) || Number(step) > list.length)
      throw new PatchError(`index ${step} of ${shown(path)} is out of range`);
    return list.toSpliced(Number(step), 0, value);
  });
}

function replace(document: JsonValue, path: readonly string[], value: JsonValue): JsonValue {
  if (path.length === 0) return value;
  return changeParent(document, path, (parent, step) => {
    // Upstream's library replaces a member that is not there, where RFC 6902 has an error: patches rely on it.
    if (!isObject(parent) && childOf(parent, step) === undefined) throw missing(path);
    return put(parent, step, value);
  });
}

function remove(document: JsonValue, path: readonly string[]): JsonValue {
  return changeParent(document, path, (parent, step) => {
    if (childOf(parent, step) === undefined) throw missing(path);
    if (Array.isArray(parent)) return (parent as readonly JsonValue[]).toSpliced(Number(step), 1);
    return Object.fromEntries(Object.entries(parent as JsonObject).filter(([key]) => key !== step));
  });
}
