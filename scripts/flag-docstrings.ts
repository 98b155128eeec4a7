// Writes the help of each flag into the declarations of the built library: `node scripts/flag-docstrings.ts DIRECTORY`. The
// record of a flag is the only place that has the text. A process of its own, so that the build of the program needs no
// package but the runtime.
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

/**
 * Returns declarations in which each flag of a table has a docstring: its usage, its default, and the unit of a duration.
 * Editors show it for the fields of InitFlags, JoinFlags and the others, which are mapped from the tables.
 */
function withFlagDocstrings(declarations: string): string {
  const file = ts.createSourceFile("flags.d.ts", declarations, ts.ScriptTarget.Latest, true);
  const insertions: { readonly at: number; readonly text: string }[] = [];
  const visit = (node: ts.Node): void => {
    const text = ts.isPropertySignature(node) ? docstringOf(node) : undefined;
    if (text === undefined) ts.forEachChild(node, visit);
    else insertions.push({ at: node.getStart(file), text: `/** ${text} */\n    ` });
  };
  visit(file);
  return insertions.reduceRight(
    (text, { at, text: added }) => text.slice(0, at) + added + text.slice(at),
    declarations,
  );
}

/** Returns the docstring of a property whose type is the record of a flag; undefined for other properties. */
function docstringOf({ type }: ts.PropertySignature): string | undefined {
  if (type === undefined || !ts.isTypeLiteralNode(type)) return undefined;
  const [kind, usage, standard] = ["type", "usage", "default"].map((name) => literalOf(type, name));
  if (kind === undefined || usage === undefined) return undefined;
  return [
    usage.replaceAll("*/", "*\\/"),
    ...(standard === undefined ? [] : [`Default: ${standard}.`]),
    ...(kind === "duration" ? ["In milliseconds."] : []),
  ].join(" ");
}

function literalOf(record: ts.TypeLiteralNode, name: string): string | undefined {
  for (const member of record.members) {
    const type = ts.isPropertySignature(member) && member.name.getText() === name ? member.type : undefined;
    if (type === undefined || !ts.isLiteralTypeNode(type)) continue;
    return ts.isStringLiteral(type.literal) ? type.literal.text : type.literal.getText();
  }
  return undefined;
}

const [, , directory = "."] = process.argv;
for (const path of globSync(join(directory, "src/kubeadm/flags/{init,join,reset,upgrade-*}-flags.d.ts"))) {
  writeFileSync(path, withFlagDocstrings(readFileSync(path, "utf8")));
}
