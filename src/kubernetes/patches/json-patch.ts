import { isList, isObject, type JsonObject, type JsonValue, jsonEquals } from "../../values/json.ts";
import { PatchError } from "./patch-error.ts";

/**
 * Applies a JSON patch (RFC 6902): all of its operations, or none with PatchError. In addition to the RFC, it follows
 * two habits of upstream's library (evanphx/json-patch 4): negative indices count from the end, and `replace` adds a
 * missing field to an object.
 */
export function applyJsonPatch(document: JsonValue, patch: JsonValue): JsonValue {
  if (!isList(patch))
    throw new PatchError(`json: cannot unmarshal ${jsonKind(patch)} into Go value of type jsonpatch.Patch`);
  return patch.reduce<JsonValue>(applyOperation, document);
}

/** encoding/json's name for the type of a value. */
function jsonKind(value: JsonValue): string {
  if (isObject(value)) return "object";
  if (isList(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}

function applyOperation(document: JsonValue, operation: JsonValue): JsonValue {
  if (!isObject(operation)) throw new PatchError("an operation of a JSON patch is an object");
  const { op } = operation;
  switch (op) {
    case "add":
      return add(document, pointer(operation, "path"), valueIn(operation));
    case "remove":
      return remove(document, pointer(operation, "path"));
    case "replace":
      return replace(document, pointer(operation, "path"), valueIn(operation));
    case "move":
      return move(document, pointer(operation, "from"), pointer(operation, "path"));
    case "copy":
      return copy(document, pointer(operation, "from"), pointer(operation, "path"));
    case "test": {
      const path = pointer(operation, "path");
      if (
        jsonEquals(
          get(document, path, {
            missing: `test operation does not apply: is missing path: ${path.text}`,
            absent: null,
          }),
          valueIn(operation),
        )
      )
        return document;
      throw new PatchError(`testing value ${path.text} failed: test failed`);
    }
    default:
      throw new PatchError(`Unexpected kind: ${typeof op === "string" ? op : "unknown"}`);
  }
}

function valueIn(operation: JsonObject): JsonValue {
  const { op, value } = operation;
  if (value === undefined) throw new PatchError(`${String(op)} operation, missing value field: missing value`);
  return value;
}

/** A JSON pointer (RFC 6901): `/a~1b/0` has the steps "a/b" and "0". */
interface Pointer {
  readonly text: string;
  readonly steps: readonly string[];
}

function pointer(operation: JsonObject, field: "path" | "from"): Pointer {
  const text = operation[field];
  if (typeof text !== "string") {
    const what = `${String(operation["op"])} operation failed to decode ${field}`;
    throw new PatchError(`${what}: operation missing ${field} field: missing value`);
  }
  if (text !== "" && !text.startsWith("/")) {
    throw new PatchError(
      `${String(operation["op"])} operation does not apply: ${field} "${text}" does not begin with a slash`,
    );
  }
  const steps = text.split("/").slice(1);
  return { text, steps: steps.map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~")) };
}

interface GetOptions {
  /** The message for a path that leads nowhere. */
  readonly missing: string;
  /** The value of an object's missing field; without it, a missing field is an error. */
  readonly absent?: JsonValue;
}

function get(document: JsonValue, path: Pointer, { missing, absent }: GetOptions): JsonValue {
  const last = path.steps.at(-1);
  if (last === undefined) return document;
  const parent = path.steps.slice(0, -1).reduce<JsonValue | undefined>(childOf, document);
  const found = childOf(parent, last);
  if (found !== undefined) return found;
  if (absent !== undefined && isObject(parent)) return absent;
  throw missingValue(missing);
}

function missingValue(message: string): PatchError {
  return new PatchError(`${message}: missing value`);
}

function childOf(parent: JsonValue | undefined, step: string): JsonValue | undefined {
  if (isList(parent)) return parent[indexIn(step, parent.length) ?? -1];
  return isObject(parent) && Object.hasOwn(parent, step) ? parent[step] : undefined;
}

/** The index that a step refers to in a list of this length; undefined for none. */
function indexIn(step: string, length: number): number | undefined {
  if (!/^[-+]?[0-9]+$/.test(step)) return undefined;
  const index = Number(step) < 0 ? length + Number(step) : Number(step);
  return index >= 0 && index < length ? index : undefined;
}

type Change = (parent: JsonObject | readonly JsonValue[], step: string) => JsonValue;

/** Returns a new document in which the value that contains the last step of the path is changed. */
function changeParent(document: JsonValue, path: Pointer, options: { missing: string; change: Change }): JsonValue {
  const within = (value: JsonValue, [step, ...rest]: readonly string[]): JsonValue => {
    if (step === undefined || !(isList(value) || isObject(value))) throw missingValue(options.missing);
    if (rest.length === 0) return options.change(value, step);
    const child = childOf(value, step);
    if (child === undefined) throw missingValue(options.missing);
    return withChild(value, step, within(child, rest));
  };
  return within(document, path.steps);
}

/** The child exists, or the parent is an object. */
function withChild(parent: JsonObject | readonly JsonValue[], step: string, child: JsonValue): JsonValue {
  if (isList(parent)) return parent.with(Number(step), child);
  // A computed key defines a property: "__proto__" is data like any other.
  return { ...(parent as JsonObject), [step]: child };
}

function invalidIndex(operation: string, path: Pointer, step: string): PatchError {
  const problem = /^[-+]?[0-9]+$/.test(step)
    ? `Unable to access invalid index: ${Number(step)}: invalid index referenced`
    : `value was not a proper array index: '${step}'`;
  return new PatchError(`error in ${operation} for path: '${path.text}': ${problem}`);
}

const noDestination = "operation does not apply: doc is missing destination path: ";

function add(
  document: JsonValue,
  path: Pointer,
  value: JsonValue,
  missing = `add operation does not apply: doc is missing path: "${path.text}"`,
): JsonValue {
  if (path.text === "") return value;
  const change: Change = (parent, step) => {
    if (!isList(parent)) return withChild(parent, step, value);
    const index = step === "-" ? parent.length : indexIn(step, parent.length + 1);
    if (index === undefined) throw invalidIndex("add", path, step);
    return parent.toSpliced(index, 0, value);
  };
  return changeParent(document, path, { missing, change });
}

function remove(document: JsonValue, path: Pointer): JsonValue {
  const change: Change = (parent, step) => {
    if (isList(parent)) {
      const index = indexIn(step, parent.length);
      if (index === undefined) throw invalidIndex("remove", path, step);
      return parent.toSpliced(index, 1);
    }
    const object = parent as JsonObject;
    if (!Object.hasOwn(object, step)) {
      const problem = `Unable to remove nonexistent key: ${step}: missing value`;
      throw new PatchError(`error in remove for path: '${path.text}': ${problem}`);
    }
    return Object.fromEntries(Object.entries(object).filter(([key]) => key !== step));
  };
  return changeParent(document, path, {
    missing: `remove operation does not apply: doc is missing path: "${path.text}"`,
    change,
  });
}

function replace(document: JsonValue, path: Pointer, value: JsonValue): JsonValue {
  if (path.text === "") return value;
  const change: Change = (parent, step) => {
    if (!isList(parent)) return withChild(parent, step, value);
    const index = indexIn(step, parent.length);
    if (index === undefined) {
      throw new PatchError(`replace operation does not apply: doc is missing key: ${path.text}: missing value`);
    }
    return parent.with(index, value);
  };
  return changeParent(document, path, {
    missing: `replace operation does not apply: doc is missing path: ${path.text}`,
    change,
  });
}

const noSource = "operation does not apply: doc is missing from path: ";

function move(document: JsonValue, from: Pointer, path: Pointer): JsonValue {
  const value = get(document, from, { missing: `move ${noSource}${from.text}` });
  return add(remove(document, from), path, value, `move ${noDestination}${path.text}`);
}

function copy(document: JsonValue, from: Pointer, path: Pointer): JsonValue {
  const value = get(document, from, { missing: `copy ${noSource}${from.text}` });
  return add(document, path, value, `copy ${noDestination}${path.text}`);
}
