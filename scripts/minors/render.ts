// Renders data as the source of a module: plain values, long lists wrapped, keys in the order in which they are given.
const width = 120;

/** Returns the module that exports a value. */
export function renderModule(value: unknown, typeName: string, exported: string): string {
  return `// Written by \`npm run generate:minors\`; do not edit.
import type { ${typeName} } from "../minor-data.ts";

export const ${exported}: ${typeName} = ${render(value, "")};
`;
}

function render(value: unknown, indent: string): string {
  const short = oneLine(value);
  if (indent.length + short.length < width - 30) return short;
  if (Array.isArray(value)) return value.every(isText) ? renderTexts(value, indent) : renderItems(value, indent);
  if (typeof value !== "object" || value === null) return short;
  const deeper = `${indent}  `;
  const entries = Object.entries(value).map(([key, each]) => `${deeper}${keyText(key)}: ${render(each, deeper)},\n`);
  return `{\n${entries.join("")}${indent}}`;
}

function oneLine(value: unknown): string {
  if (value === undefined) throw new Error("a fact is missing");
  if (Array.isArray(value)) return `[${value.map(oneLine).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, each]) => `${keyText(key)}: ${oneLine(each)}`);
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function keyText(key: string): string {
  return /^(?:[A-Za-z_]\w*|0|[1-9]\d*)$/.test(key) ? key : JSON.stringify(key);
}

function renderItems(values: readonly unknown[], indent: string): string {
  return `[\n${values.map((each) => `${indent}  ${render(each, `${indent}  `)},\n`).join("")}${indent}]`;
}

function renderTexts(texts: readonly string[], indent: string): string {
  const lines: string[] = [];
  for (const word of texts.map((text) => `${JSON.stringify(text)},`)) {
    const last = lines.at(-1);
    if (last === undefined || indent.length + 2 + last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return `[\n${lines.map((line) => `${indent}  ${line}\n`).join("")}${indent}]`;
}

/** Returns the module that lists all minor versions. */
export function renderIndex(modules: readonly { readonly file: string; readonly name: string }[]): string {
  const imports = modules.map(({ file, name }) => `import { ${name} } from "./${file}";\n`).join("");
  return `// Written by \`npm run generate:minors\`; do not edit.
import type { MinorData } from "../minor-data.ts";
${imports}
/** Oldest first. */
export const minors: readonly MinorData[] = [${modules.map(({ name }) => name).join(", ")}];
`;
}
