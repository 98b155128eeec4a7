// The titles of the tests in a file, read from its source: nothing is run, and what is skipped does not count.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";

/** Title, or the name of a row of a table, -> the source of the test, its row included. */
type Titles = ReadonlyMap<string, string>;

interface Scope {
  readonly file: ts.SourceFile;
  readonly path: string;
}

interface Row {
  readonly name: string;
  readonly text: string;
  /** The cells, where the row is a list: what the callback of the table takes. */
  readonly cells: readonly ts.Expression[];
  readonly scope: Scope;
}

const parsed = new Map<string, Scope>();

export function testTitles(path: string): Titles {
  return titlesIn(scopeOf(path));
}

export function titlesIn(scope: Scope): Titles {
  const titles = new Map<string, string>();
  visit(scope.file, scope, titles);
  return titles;
}

function scopeOf(path: string): Scope {
  const scope = parsed.get(path) ?? parse(path, readFileSync(path, "utf8"));
  parsed.set(path, scope);
  return scope;
}

export function parse(path: string, source: string): Scope {
  return { file: ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true), path };
}

function visit(node: ts.Node, scope: Scope, titles: Map<string, string>): void {
  if (ts.isCallExpression(node)) {
    const words = wordsOf(node.expression);
    const kind = words[0];
    if (["test", "it", "describe"].includes(kind ?? "") && words.some((word) => /^(skip|todo|fails)$/.test(word)))
      return;
    if (kind === "test" || kind === "it") add(node, scope, titles);
  }
  ts.forEachChild(node, (child) => visit(child, scope, titles));
}

function add(call: ts.CallExpression, scope: Scope, titles: Map<string, string>): void {
  const [title, ...body] = call.arguments;
  if (title === undefined || body.length === 0) return;
  const isOfTable = ts.isCallExpression(call.expression);
  if (ts.isStringLiteralLike(title) && !isOfTable) titles.set(title.text, call.getText());
  for (const { name, text } of tableOf(call.expression, scope)) titles.set(name, `${text}\n${call.getText()}`);
}

/** "test", "concurrent", "each" of `test.concurrent.each(table)`. */
function wordsOf(expression: ts.Expression): readonly string[] {
  if (ts.isIdentifier(expression)) return [expression.text];
  if (ts.isPropertyAccessExpression(expression)) return [...wordsOf(expression.expression), expression.name.text];
  return ts.isCallExpression(expression) ? wordsOf(expression.expression) : [];
}

/** The rows of `each(table)`, where the function that is called is the one that such a call gives. */
function tableOf(called: ts.Expression, scope: Scope): readonly Row[] {
  if (!ts.isCallExpression(called) || wordsOf(called.expression).at(-1) !== "each") return [];
  return called.arguments.flatMap((table) => rowsOf(table, scope));
}

function rowsOf(table: ts.Expression, scope: Scope): readonly Row[] {
  if (ts.isSatisfiesExpression(table) || ts.isAsExpression(table) || ts.isParenthesizedExpression(table)) {
    return rowsOf(table.expression, scope);
  }
  if (ts.isArrayLiteralExpression(table)) {
    return table.elements.flatMap((element) =>
      ts.isSpreadElement(element) ? rowsOf(element.expression, scope) : rowOf(element, scope),
    );
  }
  // `faults.map((fault) => [fault.name, fault])`
  if (ts.isCallExpression(table) && ts.isPropertyAccessExpression(table.expression)) {
    return rowsOf(table.expression.expression, scope);
  }
  return ts.isIdentifier(table) ? namedRows(table, scope) : [];
}

function rowOf(row: ts.Expression, scope: Scope): readonly Row[] {
  const cells = ts.isArrayLiteralExpression(row) ? [...row.elements] : [];
  const name = cells[0] ?? (ts.isObjectLiteralExpression(row) ? nameIn(row) : row);
  const isNamed = name !== undefined && ts.isStringLiteralLike(name);
  return isNamed ? [{ name: name.text, text: row.getText(), cells, scope }] : [];
}

function nameIn(row: ts.ObjectLiteralExpression): ts.Expression | undefined {
  return row.properties
    .filter((property) => ts.isPropertyAssignment(property))
    .find((property) => ["name", "what"].includes(property.name.getText()))?.initializer;
}

/** The rows behind a name: a parameter of a table around it, a constant of this file, or one that it imports. */
function namedRows(name: ts.Identifier, scope: Scope): readonly Row[] {
  return parameterRows(name, scope) ?? constantRows(name.text, scope) ?? importedRows(name.text, scope);
}

function parameterRows(name: ts.Identifier, scope: Scope): readonly Row[] | undefined {
  for (let node: ts.Node = name; node !== scope.file; node = node.parent) {
    if (!ts.isArrowFunction(node) || !ts.isCallExpression(node.parent)) continue;
    const index = node.parameters.findIndex((parameter) => parameter.name.getText() === name.text);
    if (index < 0) continue;
    const cells = tableOf(node.parent.expression, scope).flatMap((row) => row.cells[index] ?? []);
    return cells.flatMap((cell) => rowsOf(cell, scope));
  }
  return undefined;
}

function constantRows(name: string, scope: Scope): readonly Row[] | undefined {
  let initializer: ts.Expression | undefined;
  const search = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && node.name.getText() === name) initializer ??= node.initializer;
    else ts.forEachChild(node, search);
  };
  search(scope.file);
  return initializer === undefined ? undefined : rowsOf(initializer, scope);
}

function importedRows(name: string, { file, path }: Scope): readonly Row[] {
  const from = file.statements
    .filter((statement) => ts.isImportDeclaration(statement))
    .find((statement) => statement.importClause?.namedBindings?.getText().match(new RegExp(`\\b${name}\\b`)));
  if (from === undefined || !ts.isStringLiteral(from.moduleSpecifier)) return [];
  return constantRows(name, scopeOf(join(dirname(path), from.moduleSpecifier.text))) ?? [];
}
