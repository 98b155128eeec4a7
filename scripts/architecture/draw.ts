// The folders as boxes in rows, each above all that it imports, with the arrows between them: an SVG without a script.

import { escapeMarkup } from "../../src/values/escape-markup.ts";
import type { Layer } from "./read-imports.ts";

type Arrow = readonly [from: string, to: string];

const box = { width: 186, height: 58, gapX: 22, gapY: 46 };
const margin = 24;
const perRow = 6;

interface Place {
  readonly x: number;
  readonly y: number;
}

/**
 * Returns the picture of the layers: the same text for the same input. Folders that every folder may import are the
 * last row, and have no arrows.
 */
export function drawLayers(layers: readonly Layer[], allArrows: readonly Arrow[]): string {
  const base = layers.filter(({ group }) => group === "base").map(({ folder }) => folder);
  const arrows = allArrows.filter(([from, to]) => !base.includes(from) && !base.includes(to));
  const upper = layers.filter(({ folder }) => !base.includes(folder));
  const rows = [...ordered(rowsOf(upper, arrows), arrows), base];
  const width = 2 * margin + perRow * box.width + (perRow - 1) * box.gapX;
  const height = 2 * margin + rows.length * box.height + (rows.length - 1) * box.gapY;
  const aside = layers.filter(({ group }) => group === "embedded").map(({ folder }) => folder);
  const places = placesOf(rows, width, aside);
  const lines = arrows.map(([from, to]) => drawArrow(from, to, places)).sort();
  const boxes = layers.map((layer) => drawBox(layer, places.get(layer.folder) ?? { x: 0, y: 0 }));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title">
<title id="title">The folders of the sources. Each arrow leads from a folder to one that it imports.</title>
<style>
  svg { font-family: ui-sans-serif, system-ui, "Segoe UI", Roboto, sans-serif; background: #ffffff }
  rect { fill: #f3f6fb; stroke: #33518a } .embedded { fill: #fbf5ea; stroke: #8a6a1f } .base { fill: #f4f4f4; stroke: #6b6b6b }
  .name { font-size: 13.5px; font-weight: 600; fill: #14213d } .purpose { font-size: 10.5px; fill: #3c4658 }
  path { fill: none; stroke: #7d8799; stroke-width: 1.3 }
</style>
<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" style="fill:#7d8799;stroke:none"/></marker></defs>
${[...lines, ...boxes].join("\n")}
</svg>
`;
}

/** A folder is one row below the lowest of those that import it; rows that are too long are split. */
function rowsOf(layers: readonly Layer[], arrows: readonly Arrow[]): readonly (readonly string[])[] {
  const depths = new Map<string, number>();
  const depthOf = (folder: string): number => {
    const known = depths.get(folder);
    if (known !== undefined) return known;
    const above = arrows.filter(([, to]) => to === folder).map(([from]) => depthOf(from));
    const depth = above.length === 0 ? 0 : Math.max(...above) + 1;
    depths.set(folder, depth);
    return depth;
  };
  const rows: string[][] = [];
  for (const { folder } of layers) {
    const depth = depthOf(folder);
    rows[depth] = [...(rows[depth] ?? []), folder];
  }
  return rows.flatMap((row) =>
    row.length <= perRow ? [row] : [row.slice(0, Math.ceil(row.length / 2)), row.slice(Math.ceil(row.length / 2))],
  );
}

/** Each box is below the middle of those that import it, as far as its neighbors allow. */
function ordered(rows: readonly (readonly string[])[], arrows: readonly Arrow[]): readonly (readonly string[])[] {
  const middles = new Map<string, number>();
  return rows.map((row) => {
    const wish = (folder: string) => {
      const above = arrows.filter(([from, to]) => to === folder && middles.has(from));
      if (above.length === 0) return 0.5;
      return above.reduce((sum, [from]) => sum + (middles.get(from) ?? 0.5), 0) / above.length;
    };
    const sorted = row.toSorted((one, other) => wish(one) - wish(other));
    for (const [index, folder] of sorted.entries()) middles.set(folder, (index + 0.5) / sorted.length);
    return sorted;
  });
}

/** Rows are centered; the first column is reserved for the stand-ins for machines. */
function placesOf(
  rows: readonly (readonly string[])[],
  width: number,
  aside: readonly string[],
): ReadonlyMap<string, Place> {
  return new Map(
    rows.flatMap((row, rank) => {
      const y = margin + rank * (box.height + box.gapY);
      const centered = row.filter((folder) => !aside.includes(folder));
      const rowWidth = centered.length * box.width + (centered.length - 1) * box.gapX;
      const left = (width - rowWidth) / 2;
      return row.map((folder) => {
        const x = aside.includes(folder) ? margin : left + centered.indexOf(folder) * (box.width + box.gapX);
        return [folder, { x, y }] as const;
      });
    }),
  );
}

function drawArrow(from: string, to: string, places: ReadonlyMap<string, Place>): string {
  const start = places.get(from) ?? { x: 0, y: 0 };
  const end = places.get(to) ?? { x: 0, y: 0 };
  const lean = Math.max(-1, Math.min(1, (end.x - start.x) / (3 * box.width))) * (box.width / 2 - 16);
  const x1 = Math.round(start.x + box.width / 2 + lean);
  const y1 = start.y + box.height;
  const x2 = Math.round(end.x + box.width / 2 - lean);
  const y2 = end.y - 2;
  const bend = Math.round(Math.max(18, (y2 - y1) * 0.45));
  return `<path d="M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}" marker-end="url(#head)"/>`;
}

function drawBox({ folder, purpose, group }: Layer, { x, y }: Place): string {
  const name = folder.replace(/^src\//, "");
  const [first = "", second = ""] = inTwoLines(purpose);
  const kind = group === undefined ? "" : ` class="${group}"`;
  const middle = x + box.width / 2;
  return `<g><rect x="${x}" y="${y}" width="${box.width}" height="${box.height}" rx="6"${kind}/><text text-anchor="middle" x="${middle}" y="${y + 20}" class="name">${escapeMarkup(name)}</text><text text-anchor="middle" x="${middle}" y="${y + 36}" class="purpose">${escapeMarkup(first)}</text><text text-anchor="middle" x="${middle}" y="${y + 49}" class="purpose">${escapeMarkup(second)}</text></g>`;
}

const lineLength = 31;

function inTwoLines(text: string): readonly string[] {
  if (text.length <= lineLength) return [text];
  const cut = text.lastIndexOf(" ", lineLength);
  return [text.slice(0, cut), text.slice(cut + 1)];
}
