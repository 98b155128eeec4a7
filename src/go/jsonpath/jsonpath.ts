import { TemplateError } from "../template/template-error.ts";
import {
  basicKind,
  bytesOf,
  entryOf,
  formatValue,
  type GoValue,
  goJson,
  isList,
  isMap,
  sortedEntries,
  typeOf,
} from "../value.ts";
import type { JsonPathNode } from "./jsonpath-nodes.ts";
import { parseJsonPath } from "./jsonpath-parser.ts";

export interface JsonPathOptions {
  /** A missing field is nothing, instead of an error. */
  readonly allowMissingKeys: boolean;
  /** Every result as an indented JSON list (-o jsonpath-as-json). */
  readonly asJson: boolean;
}

/**
 * Returns the function that applies the template to an object, by the rules of k8s.io/client-go/util/jsonpath. Throws
 * TemplateError for an invalid template; the function throws it if the object does not fit.
 */
export function jsonPath(template: string, options: JsonPathOptions): (object: GoValue) => string {
  const nodes = parseJsonPath(template);
  return (object) => {
    const run = new Run(options.allowMissingKeys);
    return run
      .block(nodes, 0, [object])
      .results.map((results) => print(results, options.asJson))
      .join("");
  };
}

type Values = readonly GoValue[];

function print(results: Values, asJson: boolean): string {
  if (asJson) return `${goJson(results, "    ")}\n`;
  return results.map((each) => (isList(each) || isMap(each) ? goJson(each) : textOf(each))).join(" ");
}

function textOf(value: GoValue): string {
  return value === null || value === undefined ? "null" : formatValue(value);
}

class Run {
  readonly #allowMissingKeys: boolean;
  /** `range` words whose loop has not begun yet. */
  #begun = 0;
  /** Enclosing loops. */
  #inside = 0;
  /** `end` words whose loop has not ended yet. */
  #ended = 0;

  constructor(allowMissingKeys: boolean) {
    this.#allowMissingKeys = allowMissingKeys;
  }

  /** Returns the results from node `start` on; `end` is the node that ended the block, if there is one. */
  block(
    nodes: readonly JsonPathNode[],
    start: number,
    values: Values,
  ): { readonly results: readonly Values[]; readonly end?: number } {
    const all: Values[] = [];
    for (let index = start; index < nodes.length; index++) {
      const node = nodes[index];
      if (node === undefined) break;
      const results = this.#walk(values, node);
      if (this.#ended > 0 && this.#ended <= this.#inside) {
        this.#ended--;
        return { results: all, end: index };
      }
      if (this.#begun === 0) {
        all.push(results);
        continue;
      }
      this.#begun--;
      index = this.#loop(nodes, { index, results, all });
    }
    return { results: all };
  }

  /** Runs the block after a `range` once for each of its results; returns the node that ended it. */
  #loop(
    nodes: readonly JsonPathNode[],
    range: { readonly index: number; readonly results: Values; readonly all: Values[] },
  ): number {
    const { index, results, all } = range;
    let end = index;
    this.#inside++;
    for (const value of results) {
      const block = this.block(nodes, index + 1, [value]);
      all.push(...block.results);
      end = block.end ?? end;
    }
    // A loop over nothing still has to find its end.
    if (results.length === 0) end = this.block(nodes, index + 1, [null]).end ?? end;
    this.#inside--;
    return end;
  }

  #walk(values: Values, node: JsonPathNode): Values {
    switch (node.kind) {
      case "action":
        return this.#all(values, node.nodes);
      case "text":
        return [node.text];
      case "constant":
        return values.map(() => node.value);
      case "field":
        return this.#field(values, node.name);
      case "slice":
        return values.filter(isSomething).flatMap((value) => slice(value, node));
      case "filter":
        return values.flatMap((value) => this.#filter(value, node));
      case "wildcard":
        return values.flatMap(childrenOf);
      case "recursive":
        return values.flatMap(descend);
      case "union":
        return node.members.flatMap((member) => this.#all(values, member));
      case "identifier":
        return this.#word(values, node.name);
    }
  }

  #all(values: Values, nodes: readonly JsonPathNode[]): Values {
    return nodes.reduce((left, node) => this.#walk(left, node), values);
  }

  #word(values: Values, name: string): Values {
    if (name === "range") {
      this.#begun++;
      return values;
    }
    if (name !== "end") throw new TemplateError(`unrecognized identifier ${name}`);
    if (this.#inside === 0) throw new TemplateError("not in range, nothing to end");
    this.#ended++;
    return [];
  }

  #field(values: Values, name: string): Values {
    const found = values
      .map((value) => (isMap(value) ? entryOf(value, name) : undefined))
      .filter((each) => each !== undefined);
    if (found.length === 0 && values.length > 0 && !this.#allowMissingKeys) {
      throw new TemplateError(`${name} is not found`);
    }
    return found;
  }

  #filter(value: GoValue, filter: Extract<JsonPathNode, { readonly kind: "filter" }>): Values {
    if (!isList(value)) throw new TemplateError(`${formatValue(value)} is not array or slice and cannot be filtered`);
    return value.filter((element) => {
      if (filter.operator === "exists") return this.#exists(element, filter.left);
      const left = this.#all([element], filter.left);
      if (left.length === 0) return false;
      requireOne(left);
      const right = this.#all([element], filter.right);
      if (right.length === 0) return false;
      requireOne(right);
      return compare(left[0], filter.operator, right[0]);
    });
  }

  /** A missing key is not an error here, whatever the options are. */
  #exists(element: GoValue, nodes: readonly JsonPathNode[]): boolean {
    try {
      return this.#all([element], nodes).length > 0;
    } catch (error) {
      if (error instanceof TemplateError) return false;
      throw error;
    }
  }
}

function isSomething(value: GoValue): boolean {
  return value !== null && value !== undefined;
}

function requireOne(values: Values): void {
  if (values.length > 1) throw new TemplateError("can only compare one element at a time");
}

function childrenOf(value: GoValue): Values {
  if (isMap(value)) return sortedEntries(value).map(([, each]) => each);
  if (isList(value)) return value;
  // Go iterates over the bytes of a string.
  return typeof value === "string" ? [...bytesOf(value)].map(BigInt) : [];
}

/** The value and everything below it that has children. */
function descend(value: GoValue): Values {
  const children = childrenOf(value);
  return children.length === 0 ? [] : [value, ...children.flatMap(descend)];
}

function slice(value: GoValue, bounds: Extract<JsonPathNode, { readonly kind: "slice" }>): Values {
  if (!isList(value)) throw new TemplateError(`${typeOf(value)} is not array or slice`);
  const { length } = value;
  const { from = { value: 0 }, to = { value: length }, step } = bounds;
  const start = from.value < 0 ? from.value + length : from.value;
  const end = to.value < 0 || (to.value === 0 && to.derived === true) ? to.value + length : to.value;
  if (start === end) return [];
  const outside = (index: number) => new TemplateError(`array index out of bounds: index ${index}, length ${length}`);
  if (start >= length || start < 0) throw outside(start);
  if (end > length || end < 0) throw outside(end - 1);
  if (start > end) throw new TemplateError(`starting index ${start} is greater than ending index ${end}`);
  if (step !== undefined && step.value <= 0) throw new TemplateError("step must be > 0");
  return value.slice(start, end).filter((_, index) => index % (step?.value ?? 1) === 0);
}

function compare(left: GoValue, operator: string, right: GoValue): boolean {
  switch (operator) {
    case "==":
      return equal(left, right);
    case "!=":
      return !equal(left, right);
    case "<":
      return less(left, right);
    case "<=":
      return less(left, right) || equal(left, right);
    case ">":
      return !(less(left, right) || equal(left, right));
    case ">=":
      return !less(left, right);
    default:
      throw new TemplateError(`unrecognized filter operator ${operator}`);
  }
}

function equal(left: GoValue, right: GoValue): boolean {
  requireComparable(left, right);
  return left === right;
}

function less(left: GoValue, right: GoValue): boolean {
  const kind = requireComparable(left, right);
  if (kind === "bool") throw new TemplateError("invalid type for comparison");
  return (left as string | number | bigint) < (right as string | number | bigint);
}

function requireComparable(left: GoValue, right: GoValue): string {
  const [leftKind, rightKind] = [basicKind(left), basicKind(right)];
  if (leftKind === undefined || rightKind === undefined) throw new TemplateError("invalid type for comparison");
  if (leftKind !== rightKind) throw new TemplateError("incompatible types for comparison");
  return leftKind;
}
