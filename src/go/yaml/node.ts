import type { JsonValue } from "../../values/json.ts";

/** A value of a YAML or JSON text together with its position. */
export type YamlNode = YamlScalar | YamlMap | YamlList;

export interface YamlScalar {
  readonly kind: "scalar";
  readonly value: string | number | boolean | null;
  /** As written, without quotes: numbers keep digits that `value` cannot hold. */
  readonly text: string;
  /** Counted from 1. */
  readonly line: number;
  /**
   * In JSON, written with a fraction or an exponent, or with more than 64 bits: not an integer in Go, whatever its
   * value.
   */
  readonly isNoInteger?: true;
}

export interface YamlMap {
  readonly kind: "map";
  /** In the order of the text; a duplicate key is here twice. */
  readonly entries: readonly YamlEntry[];
  readonly line: number;
}

export interface YamlEntry {
  readonly key: string;
  readonly value: YamlNode;
  /** Line of the key. */
  readonly line: number;
}

export interface YamlList {
  readonly kind: "list";
  readonly items: readonly YamlNode[];
  readonly line: number;
}

/** The plain value of a node; of duplicate keys the last one counts. */
export function toJson(node: YamlNode): JsonValue {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map(toJson);
  // fromEntries defines properties: a key "__proto__" is data like any other.
  return Object.fromEntries(node.entries.map(({ key, value }) => [key, toJson(value)]));
}

/** A value as a node, for code that decodes nodes; it has no lines. */
export function fromJson(value: JsonValue): YamlNode {
  if (Array.isArray(value)) return { kind: "list", items: value.map(fromJson), line: 0 };
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).map(([key, entry]) => ({ key, value: fromJson(entry), line: 0 }));
    return { kind: "map", entries, line: 0 };
  }
  return { kind: "scalar", value: value as string | number | boolean | null, text: String(value), line: 0 };
}

/** The value of a key in a map; undefined for an absent key and if the node is not a map. */
export function entryOf(node: YamlNode, key: string): YamlNode | undefined {
  return node.kind === "map" ? node.entries.findLast((entry) => entry.key === key)?.value : undefined;
}

/**
 * Returns the line of a path such as `nodeRegistration.kubeletExtraArgs[0].name`, or of the nearest enclosing value
 * that exists in the text.
 */
export function lineOf(node: YamlNode, path: string): number {
  let line = node.line;
  let current: YamlNode | undefined = node;
  for (const step of path.split(/[.[\]]+/).filter((part) => part !== "")) {
    if (current?.kind === "list") current = current.items[Number(step)];
    else {
      const entry: YamlEntry | undefined =
        current?.kind === "map" ? current.entries.findLast(({ key }) => key === step) : undefined;
      if (entry !== undefined) line = entry.line;
      current = entry?.value;
    }
    if (current === undefined) return line;
    if (current.kind !== "scalar" && step === String(Number(step))) line = current.line;
  }
  return line;
}

export interface DuplicateKey {
  readonly key: string;
  readonly line: number;
}

/** Duplicate keys, in the order of the text. */
export function duplicateKeys(node: YamlNode): readonly DuplicateKey[] {
  const duplicates: DuplicateKey[] = [];
  addDuplicateKeys(node, duplicates);
  return duplicates;
}

function addDuplicateKeys(node: YamlNode, duplicates: DuplicateKey[]): void {
  if (node.kind === "list") for (const item of node.items) addDuplicateKeys(item, duplicates);
  if (node.kind !== "map") return;
  const seen = new Set<string>();
  for (const { key, line, value } of node.entries) {
    if (seen.has(key)) duplicates.push({ key, line });
    seen.add(key);
    addDuplicateKeys(value, duplicates);
  }
}

/** Reports whether an integer fits in 64 bits, signed or unsigned; others are floating-point numbers in Go's YAML. */
export function isOf64Bits(text: string): boolean {
  if (!/^-?[0-9]{1,20}$/.test(text)) return false;
  const value = BigInt(text);
  return value >= -(2n ** 63n) && value < 2n ** 64n;
}
