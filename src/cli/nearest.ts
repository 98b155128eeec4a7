/** Names that a mistyped word may have meant, by cobra's rule: at most two edits away, or begun by it. */
export function suggestionsFor(word: string, names: readonly string[]): readonly string[] {
  const typed = word.toLowerCase();
  return names.filter((name) => {
    const known = name.toLowerCase();
    return editDistance(typed, known) <= 2 || known.startsWith(typed);
  });
}

/** The one name closest to the word, if it is close enough to be worth naming. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  const ranked = names
    .map((name) => ({ name, distance: editDistance(word.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const [best] = ranked;
  return best !== undefined && best.distance <= Math.max(2, Math.floor(word.length / 3)) ? best.name : undefined;
}

/** Levenshtein's distance: insertions, deletions and substitutions. */
export function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [row, characterOfA] of [...a].entries()) {
    const current = [row + 1];
    for (const [column, characterOfB] of [...b].entries()) {
      const substitution = (previous[column] ?? 0) + (characterOfA === characterOfB ? 0 : 1);
      current.push(Math.min(substitution, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    previous = current;
  }
  return previous.at(-1) ?? 0;
}
