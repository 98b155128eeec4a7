import leven from "leven";

/**
 * Returns the names that a mistyped word may have meant, by cobra's rule: at most two edits away, or names that begin
 * with it.
 */
export function suggestionsFor(word: string, names: readonly string[]): readonly string[] {
  const typed = word.toLowerCase();
  return names.filter((name) => {
    const known = name.toLowerCase();
    return known.startsWith(typed) || leven(typed, known, { maxDistance: 3 }) < 3;
  });
}

/**
 * Returns the one name that the user probably meant: the same except for case, or with two letters or a third of the
 * word mistyped.
 */
export function nearest(word: string, names: readonly string[]): string | undefined {
  const typed = word.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const name of names) {
    const distance = leven(typed, name.toLowerCase(), { maxDistance: bestDistance });
    if (distance < bestDistance) [best, bestDistance] = [name, distance];
  }
  return best;
}
