import ts from "typescript";

/**
 * Words of steps that delete, reset, overwrite or force. What moves a file away or writes it again from another one
 * does not.
 */
const destructive =
  /kubeadm reset\b|\b[Rr]eset (?:it|this machine|the machine)\b|\brm -|\bdelete (?:node|csr|configmap|secret|pod|table|ns|-f)\b|[Dd]elete (?:it|them|the (?:Node|member|ConfigMap|Secret))\b|[Rr]emove (?:it|them|the (?:Node|member|ConfigMap))\b|\bmember remove\b|--force\b|force-new-cluster|MNT_DETACH|--lazy|\bkubectl drain\b|--delete-|\brmp\b|\btoken delete\b|\btruncate\b|\boverwrites?\b/;

export interface DestructiveWords {
  readonly line: number;
  readonly text: string;
}

export interface FoundSteps {
  /** The ids of all steps that the source makes. */
  readonly ids: readonly string[];
  /** Texts that destroy, outside of such a step. */
  readonly plain: readonly DestructiveWords[];
}

/** Finds the destructive steps of a source, and the destructive words that are in none. */
export function findDestructiveWords(source: string): FoundSteps {
  const file = ts.createSourceFile("source.ts", source, ts.ScriptTarget.Latest, true);
  const ids: string[] = [];
  const plain: DestructiveWords[] = [];
  const visit = (node: ts.Node) => {
    if (ts.isObjectLiteralExpression(node) && isStep(node)) {
      const id = stringOf(node, "id");
      if (id !== undefined) ids.push(id);
      return;
    }
    if (ts.isImportDeclaration(node) || ts.isRegularExpressionLiteral(node)) return;
    const text = textOf(node);
    if (text !== undefined && destructive.test(text)) {
      plain.push({ line: file.getLineAndCharacterOfPosition(node.getStart()).line + 1, text });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return { ids, plain };
}

/** A DestructiveStep, or the arguments of a function of src/errors/destructive-steps.ts. */
function isStep({ properties }: ts.ObjectLiteralExpression): boolean {
  const names = new Set(properties.map((property) => property.name?.getText()));
  const isWhole = ["id", "proof", "act", "lost"].every((name) => names.has(name));
  return isWhole || (names.has("id") && (names.has("when") || names.has("command")));
}

function stringOf({ properties }: ts.ObjectLiteralExpression, name: string): string | undefined {
  const property = properties.find((each) => each.name?.getText() === name);
  const value = property !== undefined && ts.isPropertyAssignment(property) ? property.initializer : undefined;
  return value !== undefined && ts.isStringLiteral(value) ? value.text : undefined;
}

/** Values of a template are `…`. */
function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return undefined;
  return node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join("");
}
