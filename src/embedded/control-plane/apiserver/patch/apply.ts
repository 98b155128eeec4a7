// Server-side apply as far as kubectl needs it: each manager owns the fields that it applied last. Fields of managers
// that write in other ways are not tracked, so they never conflict; an apply takes them over.
import { listMergeAt, mergeSchemaOf } from "../../../../kubernetes/patches/merge-keys.ts";
import { counted } from "../../../../values/counted.ts";
import {
  type Fields,
  isEqualJson,
  isFields,
  listAt,
  ownValue,
  recordOf,
  type StoredObject,
  stringAt,
} from "../objects.ts";
import { type StatusCause, StatusError } from "../status.ts";
import { timestamp } from "../storage.ts";

export interface Application {
  readonly current: StoredObject | undefined;
  readonly configuration: Fields;
  readonly manager: string;
  readonly isForced: boolean;
  readonly kind: string;
  readonly now: Date;
}

/** Steps to a field: names, and for an item of a keyed list `{"<key>":<value>}` (fieldsV1 writes them `f:` and `k:`). */
type FieldPath = readonly string[];

export function applyConfiguration(application: Application): Fields {
  const { current, configuration, manager, kind } = application;
  const applied = withoutIdentity(configuration);
  const owned = leafPaths(applied, kind);
  const others = managersOf(current).filter((entry) => entry.manager !== manager);
  const conflicts = findConflicts(application, owned, others);
  if (conflicts.length > 0 && !application.isForced) throw applyConflict(conflicts);
  const before = managersOf(current).find((entry) => entry.manager === manager)?.paths ?? [];
  const held = new Set([...owned, ...others.flatMap((entry) => entry.paths)].map(pathText));
  const abandoned = before.filter((path) => !held.has(pathText(path)));
  const base: Fields = abandoned.reduce<Fields>((object, path) => removeField(object, path, kind), current ?? {});
  const merged = mergeApplied(base, applied, kind, []);
  const taken = new Set(owned.map(pathText));
  const remaining = others.map((entry) => ({
    ...entry,
    paths:
      conflicts.length > 0
        ? entry.paths.filter((path) => !taken.has(pathText(path)) || !isConflict(conflicts, path))
        : entry.paths,
  }));
  return withManagers(merged, application, [...remaining, { manager, paths: owned }]);
}

interface Manager {
  readonly manager: string;
  readonly paths: readonly FieldPath[];
}

function managersOf(object: StoredObject | undefined): readonly Manager[] {
  return listAt(object, "metadata", "managedFields")
    .filter(isFields)
    .filter((entry) => entry["operation"] === "Apply")
    .map((entry) => ({ manager: stringAt(entry, "manager") ?? "", paths: pathsOf(entry["fieldsV1"]) }));
}

function withManagers(object: Fields, { configuration, now }: Application, managers: readonly Manager[]): Fields {
  const entries = managers
    .filter(({ paths }) => paths.length > 0)
    .map(({ manager, paths }) => ({
      manager,
      operation: "Apply",
      apiVersion: configuration["apiVersion"],
      time: timestamp(now),
      fieldsType: "FieldsV1",
      fieldsV1: fieldsV1Of(paths),
    }));
  const metadata = isFields(object["metadata"]) ? object["metadata"] : {};
  return { ...object, metadata: { ...metadata, managedFields: entries } };
}

/** Identity fields have no owner. */
function withoutIdentity(configuration: Fields): Fields {
  const metadata = Object.entries(isFields(configuration["metadata"]) ? configuration["metadata"] : {});
  const kept = metadata.filter(([name]) => ["labels", "annotations", "ownerReferences", "finalizers"].includes(name));
  const { apiVersion, kind, ...rest } = configuration;
  const identity = metadata.filter(([name]) => ["name", "namespace"].includes(name));
  return { ...rest, metadata: Object.fromEntries([...identity, ...kept]), apiVersion, kind };
}

const identityPaths = new Set(["apiVersion", "kind", "metadata\u0000name", "metadata\u0000namespace"]);

function leafPaths(object: Fields, kind: string): readonly FieldPath[] {
  return collectLeaves(object, kind, [], []).filter((path) => !identityPaths.has(pathText(path)));
}

function collectLeaves(value: unknown, kind: string, names: FieldPath, path: FieldPath): readonly FieldPath[] {
  if (isFields(value) && Object.keys(value).length > 0) {
    return Object.entries(value).flatMap(([name, member]) =>
      collectLeaves(member, kind, [...names, name], [...path, `f:${name}`]),
    );
  }
  const key = listMergeAt(mergeSchemaOf(kind), names)?.mergeKey;
  if (Array.isArray(value) && key !== undefined) {
    return value
      .filter(isFields)
      .flatMap((item) => collectLeaves(item, kind, names, [...path, `k:${JSON.stringify({ [key]: item[key] })}`]));
  }
  return [path];
}

function pathText(path: FieldPath): string {
  return path.map((step) => step.replace(/^f:/, "")).join("\u0000");
}

function fieldsV1Of(paths: readonly FieldPath[]): Fields {
  const root = recordOf({});
  for (const path of paths) {
    let place = root;
    for (const step of path) {
      const next = (place[step] ?? recordOf({})) as Record<string, unknown>;
      place[step] = next;
      place = next;
    }
  }
  return root;
}

function pathsOf(fields: unknown, prefix: FieldPath = []): readonly FieldPath[] {
  if (!isFields(fields) || Object.keys(fields).length === 0) return prefix.length === 0 ? [] : [prefix];
  return Object.entries(fields)
    .filter(([step]) => isStep(step))
    .flatMap(([step, below]) => pathsOf(below, [...prefix, step]));
}

/** Clients also send managedFields: steps that are neither a name nor a key in JSON have no owner. */
function isStep(step: string): boolean {
  if (step.startsWith("f:")) return true;
  if (!step.startsWith("k:")) return false;
  try {
    return isFields(JSON.parse(step.slice(2)));
  } catch {
    return false;
  }
}

interface Conflict {
  readonly manager: string;
  readonly path: FieldPath;
}

function findConflicts(
  application: Application,
  owned: readonly FieldPath[],
  others: readonly Manager[],
): readonly Conflict[] {
  const mine = new Map(owned.map((path) => [pathText(path), path]));
  return others.flatMap(({ manager, paths }) =>
    paths
      .filter((path) => mine.has(pathText(path)))
      .filter((path) => !isEqualJson(fieldAt(application.current, path), fieldAt(application.configuration, path)))
      .map((path) => ({ manager, path })),
  );
}

function isConflict(conflicts: readonly Conflict[], path: FieldPath): boolean {
  return conflicts.some((conflict) => pathText(conflict.path) === pathText(path));
}

function applyConflict(conflicts: readonly Conflict[]): StatusError {
  const causes: readonly StatusCause[] = conflicts.map(({ manager, path }) => ({
    reason: "FieldManagerConflict",
    message: `conflict with ${JSON.stringify(manager)}`,
    field: readablePath(path),
  }));
  const list = causes.map((cause) => `${cause.message}: ${cause.field}`).join("\n");
  const count = counted(causes.length, "conflict", "conflicts");
  return new StatusError(409, "Conflict", `Apply failed with ${count}: ${list}`, { causes });
}

function readablePath(path: FieldPath): string {
  return path.map((step) => (step.startsWith("f:") ? `.${step.slice(2)}` : `[${step.slice(2)}]`)).join("");
}

function itemMatcher(step: string): (item: unknown) => boolean {
  const key: unknown = JSON.parse(step.slice(2));
  return (item) =>
    isFields(item) &&
    isFields(key) &&
    Object.entries(key).every(([name, value]) => isEqualJson(ownValue(item, name), value));
}

function fieldAt(value: unknown, path: FieldPath): unknown {
  return path.reduce<unknown>((current, step) => {
    if (step.startsWith("k:")) return Array.isArray(current) ? current.find(itemMatcher(step)) : undefined;
    return isFields(current) ? ownValue(current, step.slice(2)) : undefined;
  }, value);
}

/** Removes a field, and the parents that it leaves empty; a list item is removed with the last of its own fields. */
function removeField(object: Fields, path: FieldPath, kind: string): Fields {
  const next = removeStep(object, path);
  return isFields(next) ? next : { kind };
}

function removeStep(value: unknown, path: FieldPath): unknown {
  const [step = "", ...rest] = path;
  if (step.startsWith("k:") && Array.isArray(value)) {
    const matches = itemMatcher(step);
    const items = value.flatMap((item) => {
      if (!matches(item)) return [item];
      const left = removeStep(item, rest);
      return left === undefined ? [] : [left];
    });
    return items.length === 0 ? undefined : items;
  }
  if (!isFields(value)) return value;
  const name = step.slice(2);
  const left = rest.length === 0 ? undefined : removeStep(ownValue(value, name), rest);
  const others = Object.entries(value).filter(([member]) => member !== name);
  if (left === undefined && others.length === 0) return undefined;
  return Object.fromEntries(left === undefined ? others : [...others, [name, left]]);
}

function mergeApplied(base: unknown, applied: Fields, kind: string, names: FieldPath): Fields {
  const merged = recordOf(isFields(base) ? base : {});
  for (const [name, value] of Object.entries(applied)) {
    const path = [...names, name];
    if (isFields(value)) merged[name] = mergeApplied(merged[name], value, kind, path);
    else if (Array.isArray(value)) merged[name] = mergeAppliedList(merged[name], value, kind, path);
    else merged[name] = value;
  }
  return merged;
}

function mergeAppliedList(
  base: unknown,
  applied: readonly unknown[],
  kind: string,
  names: FieldPath,
): readonly unknown[] {
  const list = listMergeAt(mergeSchemaOf(kind), names);
  const current: readonly unknown[] = Array.isArray(base) ? base : [];
  if (list === undefined) return applied;
  const { mergeKey: key } = list;
  if (key === undefined)
    return [...current, ...applied.filter((item) => !current.some((other) => isEqualJson(other, item)))];
  const items = [...current];
  for (const item of applied.filter(isFields)) {
    const index = items.findIndex((other) => isFields(other) && isEqualJson(other[key], item[key]));
    if (index < 0) items.push(item);
    else items[index] = mergeApplied(items[index], item, kind, names);
  }
  return items;
}
