import type { JsonObject, JsonValue } from "../yaml/node.ts";
import { describeJson, isList, isObject } from "./patch-error.ts";

/**
 * What keeps a document from being a Pod that a kubelet can read, as far as a patch is apt to break it; undefined for
 * nothing. The kubelet drops a static Pod that it cannot decode with no more than a line in its log.
 */
export function checkPod(document: JsonObject): string | undefined {
  const { apiVersion, kind, metadata, spec } = document;
  if (apiVersion !== "v1" || kind !== "Pod") {
    return `patched manifest is not a valid Pod object: apiVersion ${describeJson(apiVersion)}, kind ${describeJson(kind)}`;
  }
  if (!isObject(metadata) || typeof metadata["name"] !== "string") return "metadata.name is missing";
  if (!isObject(spec)) return `spec: ${describeJson(spec)} is no object`;
  if (!isList(spec["containers"]) || spec["containers"].length === 0) return "spec.containers is no list of containers";
  return (
    checkItems(spec, "initContainers", checkContainer) ??
    checkItems(spec, "containers", checkContainer) ??
    checkItems(spec, "volumes", () => undefined)
  );
}

type ItemCheck = (item: JsonObject, path: string) => string | undefined;

/** A list of objects that have a name. */
function checkItems(parent: JsonObject, field: string, check: ItemCheck, path = `spec.${field}`): string | undefined {
  const list: JsonValue = parent[field] ?? [];
  if (!isList(list)) return `${path}: ${describeJson(list)} is no list`;
  for (const [index, item] of list.entries()) {
    const place = `${path}[${index}]`;
    if (!isObject(item)) return `${place}: ${describeJson(item)} is no object`;
    if (typeof item["name"] !== "string") return `${place}.name is missing`;
    const problem = check(item, place);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function checkContainer(container: JsonObject, path: string): string | undefined {
  return (
    checkTexts(container, "command", path) ??
    checkTexts(container, "args", path) ??
    checkItems(container, "env", checkVariable, `${path}.env`)
  );
}

/** YAML reads an unquoted port or `yes` as something else than text: the commonest way to break a command line. */
function checkTexts(container: JsonObject, field: "command" | "args", path: string): string | undefined {
  const texts = container[field] ?? [];
  if (!isList(texts)) return `${path}.${field}: ${describeJson(texts)} is no list`;
  const index = texts.findIndex((text) => typeof text !== "string");
  return index < 0 ? undefined : `${path}.${field}[${index}]: ${describeJson(texts[index])} is no string`;
}

function checkVariable(variable: JsonObject, path: string): string | undefined {
  const value = variable["value"] ?? "";
  return typeof value === "string" ? undefined : `${path}.value: ${describeJson(value)} is no string`;
}
