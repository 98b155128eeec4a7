// RFC 6902 over RFC 6901 pointers.
import { type Fields, isEqualJson, isFields, ownValue, stringAt } from "../objects.ts";
import { badRequest, StatusError } from "../status.ts";

export function applyJsonPatch(document: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch))
    throw badRequest("error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch");
  return patch.reduce<unknown>(applyOperation, document);
}

function applyOperation(document: unknown, operation: unknown): unknown {
  const path = pointer(operation, "path");
  const value = isFields(operation) ? operation["value"] : undefined;
  switch (stringAt(operation, "op")) {
    case "add":
      return setAt(document, path, value, "add");
    case "replace":
      valueAt(document, path);
      return setAt(document, path, value, "replace");
    case "remove":
      return removeAt(document, path);
    case "move": {
      const from = pointer(operation, "from");
      return setAt(removeAt(document, from), path, valueAt(document, from), "add");
    }
    case "copy":
      return setAt(document, path, valueAt(document, pointer(operation, "from")), "add");
    case "test":
      if (!isEqualJson(valueAt(document, path), value))
        throw unprocessable(`testing path ${stringAt(operation, "path")} failed`);
      return document;
    default:
      throw badRequest(`Unexpected kind: ${stringAt(operation, "op")}`);
  }
}

function pointer(operation: unknown, member: string): readonly string[] {
  const text = stringAt(operation, member);
  if (text === undefined || (text !== "" && !text.startsWith("/")))
    throw badRequest(`missing or bad ${member} in a patch operation`);
  return text
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function valueAt(document: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, part) => {
    const found = Array.isArray(value) ? value[Number(part)] : isFields(value) ? ownValue(value, part) : undefined;
    if (found === undefined) throw missing(path);
    return found;
  }, document);
}

function setAt(document: unknown, path: readonly string[], value: unknown, how: "add" | "replace"): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  if (Array.isArray(document)) {
    const index = first === "-" ? document.length : Number(first);
    if (!Number.isInteger(index) || index < 0 || index > document.length) throw missing(path);
    if (rest.length > 0) return document.with(index, setAt(document[index], rest, value, how));
    return how === "add" ? document.toSpliced(index, 0, value) : document.with(index, value);
  }
  if (!isFields(document)) throw missing(path);
  if (rest.length > 0 && ownValue(document, first) === undefined) throw missing(path);
  return { ...document, [first]: rest.length === 0 ? value : setAt(ownValue(document, first), rest, value, how) };
}

function removeAt(document: unknown, path: readonly string[]): unknown {
  valueAt(document, path);
  const [first = "", ...rest] = path;
  if (Array.isArray(document)) {
    const index = Number(first);
    return rest.length === 0 ? document.toSpliced(index, 1) : document.with(index, removeAt(document[index], rest));
  }
  const fields: Fields = isFields(document) ? document : {};
  if (rest.length > 0) return { ...fields, [first]: removeAt(ownValue(fields, first), rest) };
  return Object.fromEntries(Object.entries(fields).filter(([name]) => name !== first));
}

function missing(path: readonly string[]): StatusError {
  return unprocessable(`the path /${path.join("/")} does not exist`);
}

/** What upstream answers where a well-formed JSON patch does not apply. */
function unprocessable(message: string): StatusError {
  return new StatusError(422, "Invalid", `the server rejected our request due to an error in our request: ${message}`);
}
