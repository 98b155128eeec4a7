import { basename, resolve } from "node:path";
import ts from "typescript";
import { eventEntries } from "../src/events/entries/index.ts";
import { text } from "../src/events/entry.ts";
import type { Event, EventType } from "../src/events/event.ts";
import { linesOf } from "../src/events/event-lines.ts";
import type { Line } from "../src/events/line.ts";

const folder = resolve(import.meta.dirname, "../src/events/entries");

/** More lines than that are cut. */
const shownLines = 3;

/** Returns docs/events.md: a table for each area, with a row for each entry. */
export function eventsPage(): string {
  const program = ts.createProgram([resolve(folder, "index.ts")], {
    ...{ strict: true, exactOptionalPropertyTypes: true, noEmit: true, types: [] },
    ...{ target: ts.ScriptTarget.ES2024, module: ts.ModuleKind.NodeNext, allowImportingTsExtensions: true },
  });
  const checker = program.getTypeChecker();
  const seen = new Set<string>();
  const sections = program
    .getSourceFiles()
    .filter(({ fileName }) => fileName.startsWith(`${folder}/`) && fileName.endsWith("-events.ts"))
    .flatMap((file) => areasOf(file).map((area) => section(area, checker, seen)));
  return `# Events

With \`--output json\`, \`init\`, \`join\`, \`reset\`, \`upgrade apply\` and \`upgrade node\` print one event per line; the
library passes the same events to \`onEvent\`. In addition to its own fields, each has \`v: 1\`, its \`time\` (RFC 3339), its \`type\`
and, while a phase runs, the \`phase\`. Types and fields are stable: new ones are added, and none is renamed or removed.
Secrets are \`[redacted]\`. In the last column is what people see instead, with \`…\` for any text; \`-v 1\` means that only a
run with this verbosity shows it.

\`npm run docs\` generates this page from \`src/events/entries/\`.

${sections.join("\n")}`;
}

/** An area is the list of entries that its file exports. */
function areasOf(file: ts.SourceFile): readonly ts.VariableDeclaration[] {
  return file.statements
    .filter(ts.isVariableStatement)
    .flatMap(({ declarationList }) => declarationList.declarations)
    .filter(({ name }) => name.getText().endsWith("Events"));
}

function section(area: ts.VariableDeclaration, checker: ts.TypeChecker, seen: Set<string>): string {
  const title = basename(area.getSourceFile().fileName, "-events.ts").replaceAll("-", " ");
  const rows = checker
    .getTypeAtLocation(area)
    .getProperties()
    .map((symbol) => {
      if (seen.has(symbol.name)) throw new Error(`the event ${symbol.name} is declared twice`);
      seen.add(symbol.name);
      return row(symbol, checker);
    });
  return `## ${title.charAt(0).toUpperCase()}${title.slice(1)}

| Event | Fields | Printed |
| --- | --- | --- |
${rows.join("\n")}
`;
}

function row(symbol: ts.Symbol, checker: ts.TypeChecker): string {
  const type = symbol.name as EventType;
  const [declared] = checker.getTypeArguments(checker.getTypeOfSymbol(symbol) as ts.TypeReference);
  if (declared === undefined) throw new Error(`${symbol.name} is not an entry`);
  const cells = [
    withComment(`\`${symbol.name}\``, symbol, checker),
    declared
      .getProperties()
      .map((field) => fieldCell(field, checker))
      .join("<br>"),
    printed(linesOf({ v: 1, time: "", phase: text, type, ...eventEntries[type].sample } as Event)),
  ];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function fieldCell(field: ts.Symbol, checker: ts.TypeChecker): string {
  const optional = (field.flags & ts.SymbolFlags.Optional) === 0 ? "" : "?";
  return withComment(`\`${field.name}${optional}: ${typeOf(field, checker)}\``, field, checker);
}

/** Returns the type as it is written, whose names and order mean something, unless it refers to a value. */
function typeOf(field: ts.Symbol, checker: ts.TypeChecker): string {
  const declaration = field.valueDeclaration;
  const written =
    declaration !== undefined && ts.isPropertySignature(declaration) ? declaration.type?.getText() : undefined;
  if (written !== undefined && !written.includes("typeof")) return written.replace(/\s+/g, " ");
  return checker.typeToString(checker.getTypeOfSymbol(field), undefined, ts.TypeFormatFlags.NoTruncation);
}

function withComment(code: string, symbol: ts.Symbol, checker: ts.TypeChecker): string {
  const comment = ts.displayPartsToString(symbol.getDocumentationComment(checker)).replace(/\s+/g, " ");
  return comment === "" ? code : `${code} ${comment}`;
}

function printed(lines: readonly Line[]): string {
  const texts = lines.map(textOf).filter((text) => text.trim() !== "");
  const shown = texts.slice(0, shownLines).map((text) => `\`${text.trim().replaceAll("`", "'")}\``);
  return [...shown, ...(texts.length > shownLines ? ["…"] : [])].join("<br>");
}

function textOf(line: Line): string {
  switch (line.kind) {
    case "painted":
      return line.parts.map(({ text }) => text).join("");
    case "disclosure":
      return line.text.reveal().trim().split("\n")[0] ?? "";
    case "log":
      return line.level === 0 ? line.text : `${line.text} (-v ${line.level})`;
    case "live":
      return line.texts[0] ?? "";
    default:
      return line.text;
  }
}
