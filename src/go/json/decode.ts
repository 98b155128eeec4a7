import { nearest } from "../../values/nearest.ts";
import { duplicateKeys, type YamlNode } from "../yaml/node.ts";
import type { Schema } from "./schema.ts";

/** A value that cannot be decoded; the message is Go's. */
export interface DecodeProblem {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

export interface UnknownField {
  readonly path: string;
  readonly line: number;
  /** The field of this object that the user probably meant. */
  readonly suggestion?: string;
}

export interface Decoding<T> {
  /** What could be decoded, even if there are problems. */
  readonly value: T | undefined;
  /** Values of a wrong type or form. The first one is the one that Go would report. */
  readonly problems: readonly DecodeProblem[];
  /** What strict decoding refuses: unknown fields and duplicate keys. */
  readonly unknownFields: readonly UnknownField[];
  readonly duplicateKeys: readonly { readonly key: string; readonly line: number }[];
}

export function decode<T>(node: YamlNode, schema: Schema<T>): Decoding<T> {
  const stopping: DecodeProblem[] = [];
  const others: DecodeProblem[] = [];
  const unknownFields: UnknownField[] = [];
  const value = schema.decode(node, {
    path: "",
    goField: undefined,
    problems: {
      wrong: ({ stops, ...problem }) => (stops ? stopping : others).push(problem),
      unknownField: ({ path, line, name, known }) => {
        const suggestion = nearest(name, known);
        unknownFields.push(suggestion === undefined ? { path, line } : { path, line, suggestion });
      },
    },
  });
  return { value, problems: [...stopping, ...others], unknownFields, duplicateKeys: duplicateKeys(node) };
}

/** Returns upstream's text for what strict decoding refuses, line by line; undefined if there is nothing. */
export function strictDecodingMessage(decoding: Decoding<unknown>): readonly string[] | undefined {
  const unknown = decoding.unknownFields.map(({ path }) => `unknown field "${path}"`);
  const duplicate = decoding.duplicateKeys.map(({ key, line }) => `  line ${line}: key "${key}" already set in map`);
  const last = duplicate.pop();
  if (last === undefined) return unknown.length === 0 ? undefined : [`strict decoding error: ${unknown.join(", ")}`];
  return ["strict decoding error: yaml: unmarshal errors:", ...duplicate, [last, ...unknown].join(", ")];
}
