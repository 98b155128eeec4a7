// Which folder imports which, according to the import check. Tests and type imports count as they do there.
import { execFileSync } from "node:child_process";

/** A folder of the sources with its purpose and what it may import: one row of layers.json. */
export interface Layer {
  readonly folder: string;
  readonly purpose: string;
  /** "embedded": replaces machines and a control plane in tests. "base": every folder may import it. */
  readonly group?: "embedded" | "base";
  readonly mayImport: readonly string[];
}

interface CruiseResult {
  readonly modules: readonly {
    readonly source: string;
    readonly dependencies: readonly { readonly resolved: string }[];
  }[];
}

/** Folder -> folders that it really imports, itself left out. */
export function readImports(layers: readonly Layer[]): ReadonlyMap<string, ReadonlySet<string>> {
  const argv = ["--config", ".dependency-cruiser.cjs", "--output-type", "json", "bin", "src"];
  const text = execFileSync("depcruise", argv, { encoding: "utf8", maxBuffer: 256 * 1024 * 1024 });
  const { modules } = JSON.parse(text) as CruiseResult;
  const imports = new Map(layers.map(({ folder }) => [folder, new Set<string>()]));
  for (const { source, dependencies } of modules) {
    const from = folderOf(source, layers);
    if (from === undefined || /\.test\.ts$/.test(source)) continue;
    for (const { resolved } of dependencies) {
      const to = folderOf(resolved, layers);
      if (to !== undefined && to !== from) imports.get(from)?.add(to);
    }
  }
  return imports;
}

/** Returns the innermost folder of the table that contains the file. */
function folderOf(file: string, layers: readonly Layer[]): string | undefined {
  return layers
    .map(({ folder }) => folder)
    .filter((folder) => file.startsWith(`${folder}/`))
    .sort((one, other) => other.length - one.length)[0];
}

/** Returns the meaningful arrows: an import that a longer path implies is omitted (transitive reduction). */
export function essentialImports(
  imports: ReadonlyMap<string, ReadonlySet<string>>,
): readonly (readonly [string, string])[] {
  const reaches = (from: string, to: string): boolean =>
    [...(imports.get(from) ?? [])].some((next) => next === to || reaches(next, to));
  return [...imports].flatMap(([from, targets]) =>
    [...targets]
      .filter((to) => ![...targets].some((other) => other !== to && reaches(other, to)))
      .map((to) => [from, to] as const),
  );
}
