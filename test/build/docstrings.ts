// The docstrings of what modules export, and which exported functions throw, by the compiler's API.
import ts from "typescript";

interface Documented {
  /** "initCluster"; "Storage.create" for a method of a class. */
  readonly name: string;
  /** The docstring; "" if there is none. */
  readonly text: string;
  /** Whether it is a function that throws, itself or by a function that it calls. */
  readonly throws: boolean;
}

/** A docstring that names what is thrown. */
const namesError = /\bthrows\b/i;

/** Returns the exports of the modules without a docstring, and the functions that throw and do not say what. */
export function undocumented(exports: readonly Documented[]): readonly string[] {
  return exports.flatMap(({ name, text, throws }) => {
    if (text === "") return [`${name} has no docstring`];
    return throws && !namesError.test(text) ? [`${name} does not say what it throws`] : [];
  });
}

/** Returns what the modules of a program export, with the public methods of classes. */
export function exportsOf(program: ts.Program, modules: readonly string[]): readonly Documented[] {
  const checker = program.getTypeChecker();
  const thrown = throwFinder(checker);
  const symbols = modules.flatMap((path) => {
    const file = program.getSourceFile(path);
    const symbol = file && checker.getSymbolAtLocation(file);
    if (symbol === undefined) throw new Error(`${path} is not a module of the program`);
    return checker.getExportsOfModule(symbol).map((found) => original(checker, found));
  });
  const documented = (symbol: ts.Symbol, name: string): Documented => ({
    name,
    text: docstringOf(checker, symbol),
    throws: (symbol.declarations ?? []).some((declaration) => isThrowing(declaration, thrown)),
  });
  return [...new Set(symbols)].flatMap((symbol) => [
    documented(symbol, symbol.name),
    ...publicMethods(symbol).map((method) => documented(method, `${symbol.name}.${method.name}`)),
  ]);
}

function original(checker: ts.TypeChecker, symbol: ts.Symbol): ts.Symbol {
  return (symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol);
}

function docstringOf(checker: ts.TypeChecker, symbol: ts.Symbol): string {
  return ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim();
}

/** The methods of a class, apart from private ones and those named by a symbol. */
function publicMethods(symbol: ts.Symbol): readonly ts.Symbol[] {
  const members = [...(symbol.members?.values() ?? [])];
  return members.filter(
    ({ valueDeclaration: node }) => node !== undefined && ts.isMethodDeclaration(node) && ts.isIdentifier(node.name),
  );
}

/** A function declaration, a method, or a constant that is a function. */
function isThrowing(declaration: ts.Declaration, thrown: (node: ts.Node) => boolean): boolean {
  if (ts.isVariableDeclaration(declaration)) {
    const { initializer } = declaration;
    return initializer !== undefined && ts.isFunctionLike(initializer) && thrown(initializer);
  }
  return ts.isFunctionLike(declaration) && thrown(declaration);
}

/**
 * Returns a function that reports whether calling a function throws: its body has a `throw`, or calls a function of this
 * project that throws, outside of a `try` with a `catch`. A method without a body, of an interface, throws if its
 * docstring says so. Functions within the body do not count, since they may be called later.
 */
function throwFinder(checker: ts.TypeChecker): (node: ts.Node) => boolean {
  const known = new Map<ts.Node, boolean>();

  function throwsWhenCalled(callee: ts.Node): boolean {
    const answer = known.get(callee);
    if (answer !== undefined) return answer;
    // Of functions that call each other, the one that is called first decides.
    known.set(callee, false);
    const body = "body" in callee ? (callee.body as ts.Node | undefined) : undefined;
    const result = body === undefined ? saysThrows(callee) : throwsWithin(body);
    known.set(callee, result);
    return result;
  }

  function throwsWithin(node: ts.Node): boolean {
    if (ts.isThrowStatement(node)) return true;
    if (ts.isFunctionLike(node)) return false;
    if (ts.isTryStatement(node) && node.catchClause !== undefined) {
      return [node.catchClause.block, node.finallyBlock].some((part) => part !== undefined && throwsWithin(part));
    }
    if ((ts.isCallExpression(node) || ts.isNewExpression(node)) && throwsInCall(node)) return true;
    return ts.forEachChild(node, (child) => throwsWithin(child) || undefined) === true;
  }

  function throwsInCall(call: ts.CallExpression | ts.NewExpression): boolean {
    const declaration = checker.getResolvedSignature(call)?.declaration;
    if (declaration === undefined || /\/node_modules\//.test(declaration.getSourceFile().fileName)) return false;
    return throwsWhenCalled(declaration);
  }

  function saysThrows(node: ts.Node): boolean {
    const texts = ts.getJSDocCommentsAndTags(node).map((comment) => comment.getText());
    return texts.some((text) => namesError.test(text));
  }

  return throwsWhenCalled;
}
