import { relative, sep } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";

const root = `${import.meta.dirname}/..`;
const starters = new Set(["started"]);

/**
 * A promise that is stored may fail before anyone awaits it, which ends the program: it must be `started(…)`, whether
 * it is a variable, a field, an element of a list or the value of a map. What reads a stored promise starts nothing.
 */
test("work that is awaited later than it starts is marked as started", { timeout: 180_000 }, () => {
  const { config } = ts.readConfigFile(`${root}/tsconfig.json`, ts.sys.readFile) as { config: unknown };
  const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const program = ts.createProgram(fileNames, options);
  const found = program.getSourceFiles().flatMap((file) => {
    const path = relative(root, file.fileName).split(sep).join("/");
    const isOurs = /^(src|bin)\//.test(path) && !/\.test\.ts$|^src\/embedded\//.test(path);
    return isOurs ? unmarkedIn(file, program.getTypeChecker()).map((where) => `${path}:${where}`) : [];
  });
  expect(found).toEqual([]);
});

test("unmarked work is found, in a variable, a list, a field and a map", () => {
  const text = `
    declare function work(): Promise<void>;
    declare function started<T>(work: Promise<T>): Promise<T>;
    export async function f(): Promise<void> {
      const variable = work();
      const marked = started(work());
      const list = [1, 2].map(() => work());
      const markedList = [1, 2].map(() => started(work()));
      const field = [{ name: "a", result: work() }];
      const map = new Map<string, Promise<void>>();
      map.set("a", work());
      const known = map.get("a");
      let later: Promise<void> | undefined;
      later ??= work();
      await Promise.all([work(), work()]);
      const cannotFail = new Promise<void>((resolve) => resolve());
    }`;
  const host = ts.createCompilerHost({});
  const file = ts.createSourceFile("f.ts", text, ts.ScriptTarget.ESNext, true);
  const program = ts.createProgram(
    ["f.ts"],
    { target: ts.ScriptTarget.ESNext },
    {
      ...host,
      getSourceFile: (name, target) => (name === "f.ts" ? file : host.getSourceFile(name, target)),
    },
  );
  const lines = unmarkedIn(file, program.getTypeChecker()).map((where) => text.split("\n")[Number(where) - 1]?.trim());
  expect(lines).toEqual([
    "const variable = work();",
    "const list = [1, 2].map(() => work());",
    'const field = [{ name: "a", result: work() }];',
    'map.set("a", work());',
    "later ??= work();",
  ]);
});

/** Returns the lines on which a promise is stored that is not marked. */
function unmarkedIn(file: ts.SourceFile, checker: ts.TypeChecker): readonly string[] {
  const lines = new Set<number>();
  const stored = (value: ts.Expression) => {
    for (const start of startsIn(value, checker)) lines.add(file.getLineAndCharacterOfPosition(start.getStart()).line);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && node.initializer !== undefined) stored(node.initializer);
    if (ts.isBinaryExpression(node) && isAssignment(node)) stored(node.right);
    if (ts.isPropertyAssignment(node)) stored(node.initializer);
    if (ts.isCallExpression(node) && isOfCollection(node, checker)) for (const each of node.arguments) stored(each);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return [...lines].map((line) => String(line + 1));
}

function isAssignment({ operatorToken: { kind } }: ts.BinaryExpression): boolean {
  return kind === ts.SyntaxKind.EqualsToken || kind === ts.SyntaxKind.QuestionQuestionEqualsToken;
}

function isOfCollection({ expression }: ts.CallExpression, checker: ts.TypeChecker): boolean {
  if (!ts.isPropertyAccessExpression(expression) || !["push", "unshift", "set", "add"].includes(expression.name.text)) {
    return false;
  }
  const type = checker.getTypeAtLocation(expression.expression);
  return checker.isArrayType(type) || ["Map", "Set", "WeakMap"].includes(type.symbol?.name ?? "");
}

/** The calls whose promise becomes the value, or an element of it, without a mark. */
function startsIn(value: ts.Expression, checker: ts.TypeChecker): readonly ts.Expression[] {
  if (ts.isParenthesizedExpression(value)) return startsIn(value.expression, checker);
  if (ts.isConditionalExpression(value)) {
    return [value.whenTrue, value.whenFalse].flatMap((each) => startsIn(each, checker));
  }
  if (ts.isBinaryExpression(value)) return [value.left, value.right].flatMap((each) => startsIn(each, checker));
  if (ts.isArrayLiteralExpression(value)) return value.elements.flatMap((each) => startsIn(each, checker));
  if (ts.isNewExpression(value)) return isPromise(checker.getTypeAtLocation(value)) && canFail(value) ? [value] : [];
  if (!ts.isCallExpression(value)) return [];
  const { expression, arguments: given } = value;
  if (ts.isIdentifier(expression) && starters.has(expression.text)) return [];
  if (ts.isPropertyAccessExpression(expression)) {
    const { text: name } = expression.name;
    if (name === "get" || name === "shift" || name === "pop" || name === "resolve") return [];
    const type = checker.getTypeAtLocation(value);
    const isList = checker.isArrayType(type) && checker.getTypeArguments(type as ts.TypeReference).some(isPromise);
    if (name === "map" && isList) return given.flatMap((each) => resultsOf(each, checker));
  }
  return isPromise(checker.getTypeAtLocation(value)) ? [value] : [];
}

/** A function that is async, or has a body, gives what it starts. */
function resultsOf(work: ts.Expression, checker: ts.TypeChecker): readonly ts.Expression[] {
  if (!ts.isArrowFunction(work) || ts.isBlock(work.body)) return [work];
  return startsIn(work.body, checker);
}

/** A promise without a way to reject cannot fail. */
function canFail({ arguments: [executor] = [] as never }: ts.NewExpression): boolean {
  return executor === undefined || !ts.isArrowFunction(executor) || executor.parameters.length !== 1;
}

function isPromise(type: ts.Type): boolean {
  return type.isUnion() ? type.types.some(isPromise) : type.symbol?.name === "Promise";
}
