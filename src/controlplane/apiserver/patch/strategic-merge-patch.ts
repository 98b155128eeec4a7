// k8s.io/apimachinery/pkg/util/strategicpatch: a merge patch whose lists of keyed items merge item by item.
import { type Fields, isEqualJson, isFields, recordOf } from "../objects.ts";
import { badRequest } from "../status.ts";
import { mergeKeyOf } from "./merge-keys.ts";

export function applyStrategicMergePatch(target: Fields, patch: unknown, kind: string): unknown {
  if (!isFields(patch)) throw badRequest("error decoding patch: a strategic merge patch must be an object");
  return mergeFields(target, patch, { kind, path: [] });
}

interface Place {
  readonly kind: string;
  readonly path: readonly string[];
}

const deleteFromList = "$deleteFromPrimitiveList/";
const setElementOrder = "$setElementOrder/";

function mergeFields(target: Fields, patch: Fields, place: Place): Fields | undefined {
  if (patch["$patch"] === "delete") return undefined;
  if (patch["$patch"] === "replace") return withoutDirectives(patch);
  const retained = patch["$retainKeys"];
  const base = Array.isArray(retained) ? pick(target, retained) : target;
  const merged = recordOf(base);
  for (const [name, value] of Object.entries(patch)) {
    if (name.startsWith(deleteFromList)) {
      const field = name.slice(deleteFromList.length);
      merged[field] = listOf(merged[field]).filter((item) => !listOf(value).some((gone) => isEqualJson(gone, item)));
    } else if (!name.startsWith("$")) {
      const next = mergeValue(merged[name], value, { ...place, path: [...place.path, name] });
      if (next === undefined) delete merged[name];
      else merged[name] = next;
    }
  }
  return withElementOrder(merged, patch, place);
}

function mergeValue(target: unknown, patch: unknown, place: Place): unknown {
  if (patch === null) return undefined;
  if (isFields(patch)) return mergeFields(isFields(target) ? target : {}, patch, place);
  return Array.isArray(patch) ? mergeList(listOf(target), patch, place) : patch;
}

function mergeList(target: readonly unknown[], patch: readonly unknown[], place: Place): readonly unknown[] {
  const key = mergeKeyOf(place.kind, place.path);
  if (patch.some((item) => isFields(item) && item["$patch"] === "replace")) {
    return patch.filter((item) => !(isFields(item) && item["$patch"] === "replace"));
  }
  if (key === undefined) return patch;
  if (key === "") return [...target, ...patch.filter((item) => !target.some((other) => isEqualJson(other, item)))];
  let merged = [...target];
  for (const item of patch.filter(isFields)) {
    if (item[key] === undefined)
      throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`);
    const index = merged.findIndex((other) => isFields(other) && other[key] === item[key]);
    if (item["$patch"] === "delete") merged = merged.filter((_, position) => position !== index);
    else if (index < 0) merged.push(mergeFields({}, item, place));
    else merged[index] = mergeFields(fieldsOf(merged[index]), item, place);
  }
  return merged;
}

/** `$setElementOrder/<list>` gives the order of the items that the patch knows; others follow. */
function withElementOrder(merged: Record<string, unknown>, patch: Fields, place: Place): Fields {
  for (const [name, order] of Object.entries(patch)) {
    if (!name.startsWith(setElementOrder) || !Array.isArray(order)) continue;
    const field = name.slice(setElementOrder.length);
    const key = mergeKeyOf(place.kind, [...place.path, field]);
    const identity = (item: unknown) => (key !== undefined && key !== "" && isFields(item) ? item[key] : item);
    const rank = (item: unknown) => {
      const index = order.findIndex((other) => isEqualJson(identity(other), identity(item)));
      return index < 0 ? order.length : index;
    };
    merged[field] = listOf(merged[field]).toSorted((a, b) => rank(a) - rank(b));
  }
  return merged;
}

function withoutDirectives(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !name.startsWith("$")));
}

function pick(fields: Fields, names: readonly unknown[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => names.includes(name)));
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}
