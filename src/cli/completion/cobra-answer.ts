import type { Completion } from "./complete.ts";

/** The names of cobra's directives, by their bits. */
const directives = [
  [2, "ShellCompDirectiveNoSpace"],
  [4, "ShellCompDirectiveNoFileComp"],
  [16, "ShellCompDirectiveFilterDirs"],
] as const;

const bits: Readonly<Record<Completion["kind"], number>> = { words: 4, open: 2 + 4, files: 0, directories: 16 };

/** Returns the output of cobra's `__complete`, which cobra's completion scripts read. */
export function cobraAnswer(
  { kind, candidates }: Completion,
  withDescriptions: boolean,
): { readonly candidates: string; readonly directive: string } {
  const lines = candidates.map(({ value, description }) =>
    withDescriptions && description !== undefined ? `${value}\t${description.replaceAll(/\s+/g, " ")}` : value,
  );
  const names = directives.flatMap(([bit, name]) => ((bits[kind] & bit) === 0 ? [] : [name]));
  return {
    candidates: [...lines, `:${bits[kind]}`].map((line) => `${line}\n`).join(""),
    directive: `Completion ended with directive: ${names.join(", ") || "ShellCompDirectiveDefault"}\n`,
  };
}
