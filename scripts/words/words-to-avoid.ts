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
  { pattern: /\bwhoever\b/i, better: "anyone who, or no matter who" },
  { pattern: /\b(?:some|any)body\b/i, better: "someone, or anyone" },
  { pattern: /\bside by side\b/i, better: "in parallel" },
  { pattern: /\bby hand\b/i, better: "manually" },
  { pattern: /(?<!-)\banew\b/i, better: "again, or re…" },
  { pattern: /\b(?:is|are|was|were|be|being|been|or|to) put back\b|\bputs back\b/i, better: "restored, or restores" },
  { pattern: /\ball the same\b/i, better: "anyway, or still" },
  { pattern: /\balso if\b/i, better: "even if" },
  { pattern: /\bprocessor time\b/i, better: "CPU time" },
  { pattern: /\bkubelet stand-in\b/i, better: "embedded kubelet" },
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
