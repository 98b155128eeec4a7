import { type ErrorCode, errorCatalogue } from "../../../errors/catalogue.ts";
import type { ConfigurationKind } from "../../../kubeadm/config/reference/configuration-kinds.ts";
import type { ExplainedField, Explanation } from "../../../kubeadm/config/reference/explain-field.ts";
import { wrapWords } from "../../line/wrap.ts";

const width = 80;
const indent = "    ";

/** Returns the explanation in kubectl's layout. */
export function explanationText({ kind, field, fields }: Explanation): string {
  const head = [`KIND:       ${kind.kind}`, `VERSION:    ${kind.groupVersion}`];
  if (kind.isDeprecated) head.push("DEPRECATED: upstream reads this version up to 1.36. Use kubeadm config migrate.");
  const blocks = [head, ...(field === undefined ? [] : [fieldLines(field)]), fieldList(fields)];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

/** Returns the list of kinds, with their versions. */
export function kindsText(kinds: readonly ConfigurationKind[]): string {
  const longest = Math.max(...kinds.map(({ kind }) => kind.length));
  const rows = kinds.map(({ kind, groupVersion, isDeprecated }) =>
    `${kind.padEnd(longest + 2)}${groupVersion}${isDeprecated ? " (deprecated)" : ""}`.trimEnd(),
  );
  return `${["Kinds of configuration:", ...rows.map((row) => `  ${row}`), "", "For the fields of a kind: kubeadm explain KIND", "For the code of an error: kubeadm explain CODE"].join("\n")}\n`;
}

/** Returns what an error means and what to do. */
export function errorText(code: ErrorCode): string {
  const { summary, remedy } = errorCatalogue[code];
  const lines = [`ERROR:      ${code}`, "", "MEANING:", ...paragraph(summary), "", "WHAT TO DO:", ...paragraph(remedy)];
  return `${lines.join("\n")}\n`;
}

function fieldLines(field: ExplainedField): readonly string[] {
  const { reference, values, since } = field;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["ENUM", values.length === 0 ? undefined : values.join(", ")],
    ["DEFAULT", reference?.default],
    ["SINCE", since],
    ["DEPRECATED", reference?.deprecated === undefined ? undefined : `use ${reference.deprecated}`],
    ["CHANGE LATER", reference?.later],
  ];
  const lines = facts.flatMap(([name, text]) => (text === undefined ? [] : [`${name}:`, ...paragraph(text)]));
  return [
    `FIELD: ${field.name} <${field.type}>${requiredMark(field)}`,
    ...(lines.length === 0 ? [] : ["", ...lines]),
    ...(reference === undefined ? [] : ["", "DESCRIPTION:", ...paragraph(reference.text)]),
  ];
}

function fieldList(fields: readonly ExplainedField[]): readonly string[] {
  if (fields.length === 0) return [];
  return [
    "FIELDS:",
    ...fields.flatMap((field, index) => [
      ...(index === 0 ? [] : [""]),
      `  ${field.name}\t<${field.type}>${requiredMark(field)}`,
      ...(field.reference === undefined ? [] : paragraph(field.reference.text)),
    ]),
  ];
}

const requiredMark = ({ isRequired }: ExplainedField) => (isRequired ? " -required-" : "");

function paragraph(text: string): readonly string[] {
  return wrapWords(text, width - indent.length).map((line) => `${indent}${line}`);
}
