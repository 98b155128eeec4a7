import type { GoValue } from "../value.ts";

/** The position of something in the template, for messages. */
export interface Position {
  /** Index in the template. */
  readonly at: number;
  /** The source text. */
  readonly text: string;
}

export type Operand = Position &
  (
    | { readonly kind: "dot" }
    | { readonly kind: "nil" }
    | { readonly kind: "constant"; readonly value: GoValue }
    | { readonly kind: "field"; readonly names: readonly string[] }
    | { readonly kind: "variable"; readonly name: string; readonly names: readonly string[] }
    | { readonly kind: "function"; readonly name: string }
    | { readonly kind: "pipeline"; readonly pipeline: Pipeline; readonly names: readonly string[] }
    /** The result of a function without arguments, and fields of it. */
    | { readonly kind: "call"; readonly name: string; readonly names: readonly string[] }
  );

/** An operand with its arguments. */
export interface Command extends Position {
  readonly first: Operand;
  readonly args: readonly Operand[];
}

export interface Pipeline extends Position {
  /** Variables that receive the value. */
  readonly variables: readonly string[];
  /** The variables already exist. */
  readonly assigns: boolean;
  readonly commands: readonly Command[];
}

export type TemplateNode =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "action"; readonly pipeline: Pipeline }
  | {
      readonly kind: "if" | "with" | "range";
      readonly pipeline: Pipeline;
      readonly body: Block;
      readonly otherwise?: Block;
    }
  | { readonly kind: "break" | "continue" }
  | ({ readonly kind: "template"; readonly name: string; readonly pipeline?: Pipeline } & Position);

export type Block = readonly TemplateNode[];

export interface ParsedTemplate {
  readonly source: string;
  readonly main: Block;
  /** The result of `define` and `block`. */
  readonly defined: ReadonlyMap<string, Block>;
}
