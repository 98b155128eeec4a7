/** The shape of a part of an object, as far as this program reads it. Null and absent values always fit. */
export type Shape =
  | "text"
  | "boolean"
  | { readonly mapOf: Shape }
  | { readonly listOf: Shape }
  | { readonly fields: Readonly<Record<string, Shape>> };

export const texts: Shape = { mapOf: "text" };
export const textList: Shape = { listOf: "text" };

export function listOfFields(fields: Readonly<Record<string, Shape>>): Shape {
  return { listOf: { fields } };
}

const metadata: Shape = {
  fields: {
    name: "text",
    namespace: "text",
    uid: "text",
    resourceVersion: "text",
    creationTimestamp: "text",
    labels: texts,
    annotations: texts,
    ownerReferences: listOfFields({}),
  },
};

/** The maximum depth of values: code that walks an object recursively does not have to protect its stack. */
const deepest = 100;

/**
 * Returns what is wrong with an object from a server, in words: "data.kubeconfig is not a string". Undefined if the rest of
 * the program can use it. Takes time proportional to the size of the object.
 */
export function shapeProblem(object: unknown, fields: Readonly<Record<string, Shape>> = {}): string | undefined {
  if (isTooDeep(object)) return `it nests deeper than ${deepest} levels`;
  return problemOf(object, { fields: { apiVersion: "text", kind: "text", metadata, ...fields } }, "");
}

function problemOf(value: unknown, shape: Shape, path: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (shape === "text") return typeof value === "string" ? undefined : `${path} is not a string`;
  if (shape === "boolean") return typeof value === "boolean" ? undefined : `${path} is not a boolean`;
  if ("listOf" in shape) {
    if (!Array.isArray(value)) return `${path} is not a list`;
    return firstProblem(value.entries(), (item, index) => itemProblem(item, shape.listOf, `${path}[${index}]`));
  }
  if (typeof value !== "object" || Array.isArray(value)) return `${path === "" ? "it" : path} is not an object`;
  const below = (key: string) => (path === "" ? key : `${path}.${key}`);
  if ("mapOf" in shape) {
    return firstProblem(Object.entries(value), (item, key) => itemProblem(item, shape.mapOf, below(key)));
  }
  const given = value as Readonly<Record<string, unknown>>;
  return firstProblem(Object.entries(shape.fields), (wanted, key) =>
    Object.hasOwn(given, key) ? problemOf(given[key], wanted, below(key)) : undefined,
  );
}

/** In a list or a map, null does not stand for an absent field. */
function itemProblem(item: unknown, shape: Shape, path: string): string | undefined {
  return item === null ? `${path} is null` : problemOf(item, shape, path);
}

function firstProblem<Key, Value>(
  entries: Iterable<readonly [Key, Value]>,
  problem: (value: Value, key: Key) => string | undefined,
): string | undefined {
  for (const [key, value] of entries) {
    const found = problem(value, key);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isTooDeep(root: unknown): boolean {
  let level: unknown[] = [root];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > deepest) return true;
    const below: unknown[] = [];
    for (const value of level) {
      if (typeof value !== "object" || value === null) continue;
      for (const item of Object.values(value)) if (typeof item === "object" && item !== null) below.push(item);
    }
    level = below;
  }
  return false;
}
