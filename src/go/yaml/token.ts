import type { Mark } from "./yaml-error.ts";

export type ScalarStyle = "plain" | "single-quoted" | "double-quoted" | "block";

export type TokenType =
  | "stream-end"
  | "directive"
  | "document-start"
  | "document-end"
  | "block-sequence-start"
  | "block-mapping-start"
  | "block-end"
  | "flow-sequence-start"
  | "flow-sequence-end"
  | "flow-mapping-start"
  | "flow-mapping-end"
  | "block-entry"
  | "flow-entry"
  | "key"
  | "value"
  | "alias"
  | "anchor"
  | "tag"
  | "scalar";

/** The lexical units of YAML 1.1; indentation is represented by explicit starts and ends. */
export interface Token {
  readonly type: TokenType;
  readonly start: Mark;
  /** The content of a scalar, the name of an anchor or alias, or the text of a tag. */
  readonly value: string;
  readonly style?: ScalarStyle;
}
