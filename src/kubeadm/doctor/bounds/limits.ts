/**
 * What an examination did not read because it would have taken too long. It ends within seconds in any state of the
 * machine, so that everything that it reads has a limit, and a limit that was reached is never silent.
 */
export interface Limits {
  /** Remembers one sentence about what was not read. */
  note(sentence: string): void;
  /** The sentences, in alphabetical order: checks run in parallel. */
  readonly sentences: readonly string[];
}

/** More sentences would hide the findings. */
const mostSentences = 20;

export function limits(): Limits {
  const noted = new Set<string>();
  return {
    note: (sentence) => void noted.add(sentence),
    get sentences() {
      const all = [...noted].sort();
      if (all.length <= mostSentences) return all;
      const shown = all.slice(0, mostSentences - 1);
      return [...shown, `${all.length - shown.length} more sources were not read completely.`];
    },
  };
}

/** Returns a size as people read it: "512 KiB". */
export function binarySize(bytes: number): string {
  return bytes < 1024 ** 2 ? `${bytes / 1024} KiB` : `${bytes / 1024 ** 2} MiB`;
}

export function grouped(count: number): string {
  return count.toLocaleString("en-US");
}
