/** Breaks a paragraph between words so that no line is longer than `width`, unless one word is. */
export function wrapWords(text: string, width: number): readonly string[] {
  return filled(
    text.split(/ +/).filter((part) => part !== ""),
    width,
  );
}

/** The same for sentences with commands: what is in backquotes or single quotes is one word, so that it can be copied. */
export function wrapProse(text: string, width: number): readonly string[] {
  return filled(text.match(/(?:`[^`]*`|(?<=^|[ (])'[^']+'(?!\w)|[^ ])+/g) ?? [], width);
}

function filled(words: readonly string[], width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of words) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return line === "" ? lines : [...lines, line];
}

/** Wraps every paragraph of a text; indented lines are kept as they are. */
export function wrapText(text: string, width: number): string {
  return text
    .split("\n")
    .flatMap((line) => (line === "" || /^\s/.test(line) ? [line] : wrapWords(line, width)))
    .join("\n");
}
