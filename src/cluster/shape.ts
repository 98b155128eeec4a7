import { oneLine } from "../errors/printable-text.ts";
import { subdomainProblems } from "../kubernetes/dns-name.ts";

/** The shape of a part of an object, as far as this program reads it. Null and absent values always fit. */
export type Shape =
  | "text"
  | "boolean"
  | NameForm
  | { readonly mapOf: Shape }
  | { readonly listOf: Shape }
  | { readonly fields: Readonly<Record<string, Shape>> };

/**
 * How API servers allow objects to be named: as an RFC 1123 subdomain or label, or as any segment of a path, which RBAC
 * does. A name of another form is none of a cluster's: anyone who forges one wants it to be read as something else,
 * such as an option of a command that is printed.
 */
export type NameForm = keyof typeof nameProblems;

const nameProblems = {
  subdomain: (name: string) => (subdomainProblems(name).length === 0 ? undefined : "is not an RFC 1123 subdomain"),
  label: (name: string) =>
    name.length > 63 || name.includes(".") || subdomainProblems(name).length > 0
      ? "is not an RFC 1123 label"
      : undefined,
  "path segment": (name: string) => (/^\.\.?$|[/%]/.test(name) ? "is not a segment of a path" : undefined),
};

export const texts: Shape = { mapOf: "text" };
export const textList: Shape = { listOf: "text" };

export function listOfFields(fields: Readonly<Record<string, Shape>>): Shape {
  return { listOf: { fields } };
}

const metadata = (name: NameForm): Shape => ({
  fields: {
    name,
    namespace: "label",
    uid: "text",
    resourceVersion: "text",
    creationTimestamp: "text",
    labels: texts,
    annotations: texts,
    ownerReferences: listOfFields({}),
  },
});

/** The shape of the objects of a resource type. */
export interface ObjectShape {
  /** That of the fields other than metadata, as far as this program reads them. */
  readonly shape?: Readonly<Record<string, Shape>>;
  /** How the objects are named: "subdomain" by default. */
  readonly names?: NameForm;
}

/** The maximum depth of values: code that walks an object recursively does not have to protect its stack. */
const deepest = 100;

/**
 * Returns what is wrong with an object from a server, in words: "data.kubeconfig is not a string". Undefined if the rest of
 * the program can use it. Takes time proportional to the size of the object.
 */
export function shapeProblem(object: unknown, { shape = {}, names = "subdomain" }: ObjectShape): string | undefined {
  if (isTooDeep(object)) return `it nests deeper than ${deepest} levels`;
  return problemOf(object, { fields: { apiVersion: "text", kind: "text", metadata: metadata(names), ...shape } }, "");
}

function problemOf(value: unknown, shape: Shape, path: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (shape === "text") return typeof value === "string" ? undefined : `${path} is not a string`;
  if (shape === "boolean") return typeof value === "boolean" ? undefined : `${path} is not a boolean`;
  if (typeof shape === "string") return nameProblem(value, shape, path);
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

/** An empty name stands for an absent one, as in Go. */
function nameProblem(name: unknown, form: NameForm, path: string): string | undefined {
  if (typeof name !== "string") return `${path} is not a string`;
  const problem = name === "" ? undefined : nameProblems[form](name);
  return problem === undefined ? undefined : `${path} ${JSON.stringify(oneLine(name, longestShownName))} ${problem}`;
}

const longestShownName = 128;

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
