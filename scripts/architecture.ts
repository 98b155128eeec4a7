// Draws docs/architecture.svg from the imports of the sources. With --check, reports whether it is up to date.
import { readFileSync, writeFileSync } from "node:fs";
import { drawLayers } from "./architecture/draw.ts";
import layers from "./architecture/layers.json" with { type: "json" };
import { essentialImports, type Layer, readImports } from "./architecture/read-imports.ts";

const file = new URL("../docs/architecture.svg", import.meta.url);

const rows = layers as readonly Layer[];
const picture = drawLayers(rows, essentialImports(readImports(rows)));
if (process.argv.includes("--check")) {
  const current = readFileSync(file, "utf8") === picture;
  if (!current) console.error("docs/architecture.svg is not up to date: run `npm run docs`");
  process.exitCode = current ? 0 : 1;
} else {
  writeFileSync(file, picture);
}
