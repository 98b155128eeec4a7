/** Words that a reader has to translate back, and the plain ones. A match of `pattern` fails the check. */
export interface WordToAvoid {
  readonly pattern: RegExp;
  readonly better: string;
}

export const wordsToAvoid: readonly WordToAvoid[] = [
  { pattern: /\bagain and again\b/i, better: "repeatedly, or keeps …ing" },
  { pattern: /\bcannot do without\b/i, better: "needs" },
  { pattern: /\b(?:takes?|taking|took|taken) the place of\b/i, better: "replaces" },
  { pattern: /\bpass(?:es|ed|ing)? over\b/i, better: "skips" },
  { pattern: /\b(?:goes|go|went) on\b/i, better: "continues, or resumes" },
  { pattern: /\bthat (?:is|are) none\b/i, better: "that is not one" },
  { pattern: /\bin vain\b/i, better: "without success" },
  { pattern: /\bformer(?:ly)?\b/i, better: "previous, or old" },
  { pattern: /\bnot to be had\b/i, better: "unavailable" },
  { pattern: /\bnot a working node\b/i, better: "why a node isn't working" },
  { pattern: /\blacks nothing\b/i, better: "nothing is missing" },
  { pattern: /\bfor good\b/i, better: "permanently" },
];

export interface FoundWord {
  readonly line: number;
  readonly word: string;
  readonly better: string;
}

/** Returns the words to avoid in a text. */
export function findWords(text: string): readonly FoundWord[] {
  if (!wordsToAvoid.some(({ pattern }) => pattern.test(text))) return [];
  return text.split("\n").flatMap((content, index) =>
    wordsToAvoid.flatMap(({ pattern, better }) => {
      const word = pattern.exec(content)?.[0];
      return word === undefined ? [] : [{ line: index + 1, word, better }];
    }),
  );
}
