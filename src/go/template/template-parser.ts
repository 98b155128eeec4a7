import { defined } from "../../values/defined.ts";
import { goQuote } from "../quote.ts";
import { unquoteGo } from "../unquote.ts";
import type { GoValue } from "../value.ts";
import { templateFunctions } from "./template-functions.ts";
import { type Token, type TokenKind, templateError, templateTokens } from "./template-lexer.ts";
import type { Block, Command, Operand, ParsedTemplate, Pipeline, TemplateNode } from "./template-nodes.ts";

/** Parses a template of Go's text/template; throws TemplateError with its messages. */
export function parseTemplate(source: string): ParsedTemplate {
  return new Parser(source).template();
}

type Ending = "end" | "else";

/** Words that begin an action and are not commands. */
const keywords = ["block", "break", "continue", "define", "else", "end", "if", "range", "template", "with"];

class Parser {
  readonly #source: string;
  readonly #tokens: readonly Token[];
  readonly #defined = new Map<string, Block>();
  #index = 0;
  /** Names of the variables in scope. */
  #variables = ["$"];
  #loops = 0;

  constructor(source: string) {
    this.#source = source;
    this.#tokens = templateTokens(source);
  }

  template(): ParsedTemplate {
    const main: TemplateNode[] = [];
    while (this.#next.kind !== "end") {
      if (this.#startsWith("define")) {
        this.#define();
        continue;
      }
      const item = this.#item();
      if (typeof item === "string") throw this.#error(`unexpected {{${item}}}`);
      main.push(item);
    }
    return { source: this.#source, main, defined: this.#defined };
  }

  get #next(): Token {
    return this.#tokens[this.#index] ?? { kind: "end", text: "EOF", at: this.#source.length, spaced: false };
  }

  #take(): Token {
    const token = this.#next;
    this.#index++;
    return token;
  }

  #error(message: string, token = this.#next): Error {
    return templateError(this.#source, token.at, message);
  }

  #unexpected(context: string, token = this.#next): Error {
    const keyword = token.kind === "word" && keywords.includes(token.text);
    const shown = token.kind === "end" ? "EOF" : keyword ? `<${token.text}>` : goQuote(token.text);
    return this.#error(`unexpected ${shown} in ${context}`, token);
  }

  #expect(kind: TokenKind, context: string): Token {
    if (this.#next.kind !== kind) throw this.#unexpected(context);
    return this.#take();
  }

  /** The next action's first word. */
  #startsWith(word: string): boolean {
    const after = this.#tokens[this.#index + 1];
    return this.#next.kind === "open" && after?.kind === "word" && after.text === word;
  }

  #define(): void {
    this.#index += 2;
    const name = this.#name("define clause");
    this.#expect("close", "define clause");
    this.#add(
      name,
      this.#scope([], () => this.#endedBlock("define clause")),
    );
  }

  /** A later definition replaces a blank one. */
  #add(name: string, block: Block): void {
    const known = this.#defined.get(name);
    if (known === undefined || isBlank(known)) this.#defined.set(name, block);
    else if (!isBlank(block)) throw this.#error(`template: multiple definition of template ${goQuote(name)}`);
  }

  /** Parses with different variables and outside of all enclosing loops. */
  #scope<T>(variables: readonly string[], read: () => T): T {
    const [before, loops] = [this.#variables, this.#loops];
    this.#variables = ["$", ...variables];
    this.#loops = 0;
    try {
      return read();
    } finally {
      this.#variables = before;
      this.#loops = loops;
    }
  }

  #endedBlock(context: string): Block {
    const { nodes, ending } = this.#block();
    if (ending !== "end") throw this.#error(`unexpected {{${ending}}} in ${context}`);
    return nodes;
  }

  #block(): { readonly nodes: Block; readonly ending: Ending } {
    const nodes: TemplateNode[] = [];
    for (;;) {
      if (this.#next.kind === "end") throw this.#error("unexpected EOF");
      const item = this.#item();
      if (typeof item === "string") return { nodes, ending: item };
      nodes.push(item);
    }
  }

  #item(): TemplateNode | Ending {
    const token = this.#take();
    if (token.kind === "text") return { kind: "text", text: token.text };
    const word = this.#next.kind === "word" ? this.#next.text : "";
    if (!keywords.includes(word)) return { kind: "action", pipeline: this.#pipeline("command", "close") };
    const start = this.#take();
    switch (word) {
      case "if":
      case "with":
      case "range":
        return this.#control(word);
      case "block":
        return this.#blockAction();
      case "template":
        return this.#templateAction();
      case "break":
      case "continue":
        this.#expect("close", `{{${word}}}`);
        if (this.#loops === 0) throw this.#error(`{{${word}}} outside {{range}}`, start);
        return { kind: word };
      case "end":
        this.#expect("close", "end");
        return "end";
      case "else":
        if (!this.#atWord("if") && !this.#atWord("with")) this.#expect("close", "else");
        return "else";
      default:
        throw this.#unexpected("command", start);
    }
  }

  #atWord(word: string): boolean {
    return this.#next.kind === "word" && this.#next.text === word;
  }

  #control(kind: "if" | "with" | "range"): TemplateNode {
    const { length } = this.#variables;
    const pipeline = this.#pipeline(kind, "close");
    if (kind === "range") this.#loops++;
    const { nodes, ending } = this.#block();
    if (kind === "range") this.#loops--;
    const otherwise = ending === "else" ? this.#else(kind) : undefined;
    this.#variables.length = length;
    return { kind, pipeline, body: nodes, ...defined({ otherwise }) };
  }

  /** `else if` and `else with` share the end of the enclosing action. */
  #else(kind: "if" | "with" | "range"): Block {
    if (kind !== "range" && this.#atWord(kind)) {
      this.#take();
      return [this.#control(kind)];
    }
    if (this.#next.kind === "word") throw this.#unexpected("else");
    const { nodes, ending } = this.#block();
    if (ending !== "end") throw this.#error("expected end; found {{else}}");
    return nodes;
  }

  #blockAction(): TemplateNode {
    const { at } = this.#next;
    const name = this.#name("block clause");
    const pipeline = this.#pipeline("block clause", "close");
    this.#add(
      name,
      this.#scope([], () => this.#endedBlock("block clause")),
    );
    return { kind: "template", name, pipeline, at, text: `{{template ${goQuote(name)}}}` };
  }

  #templateAction(): TemplateNode {
    const { at } = this.#next;
    const name = this.#name("template clause");
    const position = { at, text: `{{template ${goQuote(name)}}}` };
    if (this.#next.kind !== "close") {
      return { kind: "template", name, pipeline: this.#pipeline("template clause", "close"), ...position };
    }
    this.#take();
    return { kind: "template", name, ...position };
  }

  #name(context: string): string {
    const token = this.#expect("string", context);
    return this.#unquoted(token);
  }

  #unquoted(token: Token): string {
    const text = unquoteGo(token.text);
    if (text === undefined) throw this.#error("invalid syntax", token);
    return text;
  }

  #pipeline(context: string, closing: "close" | ")"): Pipeline {
    const start = this.#next;
    const { variables, assigns } = this.#declarations(context);
    const commands: Command[] = [];
    while (this.#next.kind !== closing) {
      if (!startsOperand(this.#next)) throw this.#unexpected(context);
      commands.push(this.#command());
      if (this.#next.kind === "|") this.#take();
      else if (this.#next.kind !== closing) throw this.#unexpected("operand");
    }
    if (commands.length === 0) throw this.#error(`missing value for ${context}`);
    const text = this.#source.slice(start.at, this.#next.at).trim();
    this.#take();
    for (const [index, { first }] of commands.entries()) {
      if (index > 0 && (first.kind === "constant" || first.kind === "dot" || first.kind === "nil")) {
        throw this.#error(`non executable command in pipeline stage ${index + 1}`);
      }
    }
    return { variables, assigns, commands, at: start.at, text };
  }

  /** "$x :=", "$x =", and in a range "$index, $element :=". */
  #declarations(context: string): { readonly variables: readonly string[]; readonly assigns: boolean } {
    const variables: string[] = [];
    while (this.#next.kind === "variable") {
      const after = this.#tokens[this.#index + 1];
      if (after?.kind !== ":=" && after?.kind !== "=" && after?.kind !== ",") break;
      variables.push(this.#take().text);
      if (this.#take().kind !== ",") {
        const assigns = after.kind === "=";
        if (assigns) for (const name of variables) this.#requireVariable(name);
        else this.#variables.push(...variables);
        return { variables, assigns };
      }
      if (context !== "range" || variables.length > 1) throw this.#error(`too many declarations in ${context}`);
      if (this.#next.kind !== "variable") throw this.#error("range can only initialize variables");
    }
    if (variables.length > 0) throw this.#unexpected(context);
    return { variables, assigns: false };
  }

  #requireVariable(name: string): void {
    if (!this.#variables.includes(name)) throw this.#error(`undefined variable ${goQuote(name)}`);
  }

  #command(): Command {
    const { at } = this.#next;
    const first = this.#operand();
    const args: Operand[] = [];
    while (this.#next.spaced && startsOperand(this.#next)) args.push(this.#operand());
    return { first, args, at, text: this.#source.slice(at, this.#next.at).trim() };
  }

  #operand(): Operand {
    const start = this.#next;
    const term = this.#term();
    // Messages name the position of the second field.
    const { at } = this.#next;
    const names: string[] = [];
    while (this.#next.kind === "field" && !this.#next.spaced) names.push(this.#take().text.slice(1));
    if (names.length === 0) return term;
    const text = this.#source.slice(start.at, this.#next.at).trim();
    switch (term.kind) {
      case "field":
      case "variable":
      case "pipeline":
        return { ...term, at, text, names: [...term.names, ...names] };
      case "function":
        return { ...term, kind: "call", at, text, names };
      default:
        throw this.#error(`unexpected . after term ${goQuote(term.text)}`, start);
    }
  }

  #term(): Operand {
    const token = this.#take();
    const { at, text } = token;
    switch (token.kind) {
      case "dot":
        return { kind: "dot", at, text };
      case "field":
        return { kind: "field", names: [text.slice(1)], at, text };
      case "variable":
        this.#requireVariable(text);
        return { kind: "variable", name: text, names: [], at, text };
      case "string":
        return { kind: "constant", value: this.#unquoted(token), at, text };
      case "number":
      case "character":
        return { kind: "constant", value: this.#number(token), at, text };
      case "(": {
        const pipeline = this.#pipeline("parenthesized pipeline", ")");
        return { kind: "pipeline", pipeline, names: [], at: pipeline.at, text: `(${pipeline.text})` };
      }
      case "word":
        return this.#word(token);
      default:
        throw this.#unexpected("operand", token);
    }
  }

  #word(token: Token): Operand {
    const { at, text } = token;
    if (text === "true" || text === "false") return { kind: "constant", value: text === "true", at, text };
    if (text === "nil") return { kind: "nil", at, text };
    if (keywords.includes(text)) throw this.#unexpected("operand", token);
    if (!Object.hasOwn(templateFunctions, text)) throw this.#error(`function ${goQuote(text)} not defined`, token);
    return { kind: "function", name: text, at, text };
  }

  #number(token: Token): GoValue {
    const value = token.kind === "character" ? characterOf(token.text) : numberOf(token.text);
    if (value === undefined) throw this.#error(`bad number syntax: ${goQuote(token.text)}`, token);
    return value;
  }
}

const operandStarts: readonly TokenKind[] = ["dot", "field", "variable", "string", "number", "character", "(", "word"];

function startsOperand({ kind }: Token): boolean {
  return operandStarts.includes(kind);
}

function isBlank(block: Block): boolean {
  return block.every((node) => node.kind === "text" && node.text.trim() === "");
}

/** 'x' is the character's number. */
function characterOf(text: string): bigint | undefined {
  const [character, ...more] = unquoteGo(text) ?? "";
  return character === undefined || more.length > 0 ? undefined : BigInt(character.codePointAt(0) ?? 0);
}

function numberOf(text: string): bigint | number | undefined {
  const sign = text.startsWith("-") ? "-" : "";
  const digits = text.replace(/^[+-]/, "").replaceAll("_", "");
  if (/^\d+$/.test(digits) && /^0\d/.test(digits))
    return /^[0-7]+$/.test(digits) ? signed(sign, `0o${digits}`) : undefined;
  if (/^(\d+|0[xX][\da-fA-F]+|0[bB][01]+|0[oO][0-7]+)$/.test(digits)) return signed(sign, digits);
  const value = Number(sign + digits);
  return digits.endsWith("i") || Number.isNaN(value) ? undefined : value;
}

function signed(sign: string, digits: string): bigint {
  return sign === "-" ? -BigInt(digits) : BigInt(digits);
}
