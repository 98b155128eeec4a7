import { goQuote } from "../quote.ts";
import { bytesOf, entryOf, formatValue, type GoValue, isList, isMap, sortedEntries, typeOf } from "../value.ts";
import { TemplateError } from "./template-error.ts";
import { isTrue, templateFunctions } from "./template-functions.ts";
import type { Block, Command, Operand, ParsedTemplate, Pipeline, Position, TemplateNode } from "./template-nodes.ts";
import { parseTemplate } from "./template-parser.ts";

export interface TemplateOptions {
  /** A missing key is "<no value>", instead of an error. */
  readonly allowMissingKeys: boolean;
}

/**
 * Returns the function that applies the template to an object, by the rules of Go's text/template. Throws TemplateError
 * for an invalid template; the function throws it if the object does not fit.
 */
export function goTemplate(source: string, options: TemplateOptions): (object: GoValue) => string {
  const template = parseTemplate(source);
  return (object) => {
    const output: string[] = [];
    new Execution({ template, options, output, name: "output", depth: 0 }, object).block(template.main, object);
    return output.join("");
  };
}

/** Templates that call each other forever would otherwise overflow the stack. */
const deepest = 500;

interface Frame {
  readonly template: ParsedTemplate;
  readonly options: TemplateOptions;
  readonly output: string[];
  readonly name: string;
  readonly depth: number;
}

/** The result of the previous command in a pipeline, if there is one. */
type Piped = { readonly value: GoValue } | undefined;

/** How a block ended. */
type Outcome = "done" | "break" | "continue";

/** The execution of one template; the templates that it calls have separate ones. */
class Execution {
  readonly #frame: Frame;
  readonly #variables: { readonly name: string; value: GoValue }[];

  constructor(frame: Frame, dot: GoValue) {
    this.#frame = frame;
    this.#variables = [{ name: "$", value: dot }];
  }

  block(nodes: Block, dot: GoValue): Outcome {
    for (const node of nodes) {
      const outcome = this.#node(node, dot);
      if (outcome !== "done") return outcome;
    }
    return "done";
  }

  #node(node: TemplateNode, dot: GoValue): Outcome {
    switch (node.kind) {
      case "text":
        this.#frame.output.push(node.text);
        return "done";
      case "action": {
        const value = this.#pipeline(node.pipeline, dot);
        if (node.pipeline.variables.length === 0)
          this.#frame.output.push(isNothing(value) ? "<no value>" : formatValue(value));
        return "done";
      }
      case "break":
      case "continue":
        return node.kind;
      case "template":
        this.#call(node, dot);
        return "done";
      default:
        return this.#scoped(() => (node.kind === "range" ? this.#range(node, dot) : this.#branch(node, dot)));
    }
  }

  /** Variables that are declared inside end with the block. */
  #scoped<T>(work: () => T): T {
    const { length } = this.#variables;
    try {
      return work();
    } finally {
      this.#variables.length = length;
    }
  }

  #branch(node: Extract<TemplateNode, { readonly body: Block }>, dot: GoValue): Outcome {
    const value = this.#pipeline(node.pipeline, dot);
    if (isTrue(value)) return this.block(node.body, node.kind === "with" ? value : dot);
    return this.block(node.otherwise ?? [], dot);
  }

  #range(node: Extract<TemplateNode, { readonly body: Block }>, dot: GoValue): Outcome {
    const { pipeline } = node;
    const steps = this.#steps(this.#pipeline({ ...pipeline, variables: [] }, dot), pipeline);
    if (!pipeline.assigns) for (const name of pipeline.variables) this.#variables.push({ name, value: undefined });
    let any = false;
    for (const [key, element] of steps) {
      any = true;
      const values = pipeline.variables.length === 2 ? [key, element] : [element];
      for (const [index, name] of pipeline.variables.entries()) this.#assign(name, values[index], pipeline);
      const outcome = this.#scoped(() => this.block(node.body, element));
      if (outcome === "break") break;
    }
    return any ? "done" : this.block(node.otherwise ?? [], dot);
  }

  /** Key and element, one after the other. */
  #steps(value: GoValue, pipeline: Pipeline): Iterable<readonly [GoValue, GoValue]> {
    if (isList(value)) return value.map((element, index) => [BigInt(index), element] as const);
    if (isMap(value)) return sortedEntries(value);
    if (isNothing(value)) return [];
    const position = pipeline.commands.at(-1)?.first ?? pipeline;
    if (typeof value !== "bigint") throw this.#error(position, `range can't iterate over ${formatValue(value)}`);
    if (pipeline.variables.length > 1) {
      throw this.#error(position, `can't use ${value} to iterate over more than one variable`);
    }
    return countTo(value);
  }

  #call(node: Extract<TemplateNode, { readonly kind: "template" }>, dot: GoValue): void {
    const { template, depth } = this.#frame;
    const block = node.name === "output" ? template.main : template.defined.get(node.name);
    if (block === undefined) throw this.#error(node, `template ${goQuote(node.name)} not defined`);
    if (depth >= deepest) throw this.#error(node, `exceeded maximum template depth (${deepest})`);
    const value = node.pipeline === undefined ? undefined : this.#pipeline(node.pipeline, dot);
    new Execution({ ...this.#frame, name: node.name, depth: depth + 1 }, value).block(block, value);
  }

  #pipeline(pipeline: Pipeline, dot: GoValue): GoValue {
    let piped: Piped;
    for (const command of pipeline.commands) piped = { value: this.#command(command, dot, piped) };
    const value = piped?.value;
    for (const name of pipeline.variables) {
      if (pipeline.assigns) this.#assign(name, value, pipeline);
      else this.#variables.push({ name, value });
    }
    return value;
  }

  #assign(name: string, value: GoValue, position: Position): void {
    const variable = this.#variables.findLast((each) => each.name === name);
    if (variable === undefined) throw this.#error(position, `undefined variable: ${name}`);
    variable.value = value;
  }

  #command(command: Command, dot: GoValue, piped: Piped): GoValue {
    const { first, args } = command;
    if (first.kind === "function") return this.#function(first, { args, piped, dot, position: command });
    if (first.kind === "nil") throw this.#error(first, "nil is not a command");
    if (args.length > 0 || piped !== undefined) {
      const what =
        first.kind === "field" || (first.kind !== "constant" && first.kind !== "dot" && first.names.length > 0)
          ? `${first.names.at(-1) ?? ""} is not a method but has arguments`
          : `can't give argument to non-function ${first.text}`;
      throw this.#error(first, what);
    }
    return this.#operand(first, dot);
  }

  #operand(operand: Operand, dot: GoValue): GoValue {
    switch (operand.kind) {
      case "dot":
        return dot;
      case "nil":
        return null;
      case "constant":
        return operand.value;
      case "field":
        return this.#fields(dot, operand);
      case "variable": {
        const variable = this.#variables.findLast(({ name }) => name === operand.name);
        return this.#fields(variable?.value, operand);
      }
      case "pipeline":
        return this.#fields(this.#pipeline(operand.pipeline, dot), operand);
      case "function":
      case "call": {
        const value = this.#function(operand, { args: [], piped: undefined, dot, position: operand });
        return operand.kind === "call" ? this.#fields(value, operand) : value;
      }
    }
  }

  #fields(value: GoValue, operand: Position & { readonly names: readonly string[] }): GoValue {
    let receiver = value;
    for (const name of operand.names) receiver = this.#field(receiver, name, operand);
    return receiver;
  }

  #field(receiver: GoValue, name: string, position: Position): GoValue {
    const { allowMissingKeys } = this.#frame.options;
    if (receiver === undefined) {
      if (allowMissingKeys) return undefined;
      throw this.#error(position, `nil data; no entry for key ${goQuote(name)}`);
    }
    if (receiver === null) throw this.#error(position, `nil pointer evaluating interface {}.${name}`);
    if (!isMap(receiver)) throw this.#error(position, `can't evaluate field ${name} in type interface {}`);
    const value = entryOf(receiver, name);
    if (value === undefined && !allowMissingKeys)
      throw this.#error(position, `map has no entry for key ${goQuote(name)}`);
    return value;
  }

  #function(
    operand: Extract<Operand, { readonly name: string }>,
    {
      args,
      piped,
      dot,
      position,
    }: {
      readonly args: readonly Operand[];
      readonly piped: Piped;
      readonly dot: GoValue;
      readonly position: Position;
    },
  ): GoValue {
    const { name } = operand;
    const definition = templateFunctions[name];
    if (definition === undefined) throw this.#error(operand, `${goQuote(name)} is not a defined function`);
    const { least, most, takesText } = definition;
    const count = args.length + (piped === undefined ? 0 : 1);
    if (count < least || count > most) {
      const wanted = most === Number.POSITIVE_INFINITY ? `at least ${least}` : least;
      throw this.#error(operand, `wrong number of args for ${name}: want ${wanted} got ${count}`);
    }
    const values: GoValue[] = [];
    for (const arg of args) {
      values.push(this.#operand(arg, dot));
      if ((name === "and" || name === "or") && isTrue(values.at(-1)) === (name === "or")) return values.at(-1);
    }
    if (piped !== undefined) values.push(piped.value);
    if (takesText === true && typeof values[0] !== "string") {
      const [first] = args;
      const constant = first?.kind === "constant" ? `expected string; found ${first.text}` : undefined;
      throw this.#error(
        first ?? operand,
        constant ?? `wrong type for value; expected string; got ${typeOf(values[0])}`,
      );
    }
    try {
      return definition.call(values);
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      throw this.#error(position, `error calling ${name}: ${error.message}`);
    }
  }

  /** Adds line, column (bytes from 0) and the source text. */
  #error({ at, text }: Position, message: string): TemplateError {
    const { template, name } = this.#frame;
    const lines = template.source.slice(0, at).split("\n");
    const place = `${lines.length}:${bytesOf(lines.at(-1) ?? "").length}`;
    const context = text.length > 20 ? `${text.slice(0, 20)}...` : text;
    return new TemplateError(`template: output:${place}: executing ${goQuote(name)} at <${context}>: ${message}`);
  }
}

function isNothing(value: GoValue): value is null | undefined {
  return value === null || value === undefined;
}

function* countTo(limit: bigint): Iterable<readonly [GoValue, GoValue]> {
  for (let each = 0n; each < limit; each++) yield [each, each];
}
