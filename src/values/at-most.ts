/** Returns the first texts of a list, and how many more there are: "a", "b", "3 more". */
export function atMost(count: number, texts: readonly string[]): readonly string[] {
  const more = texts.length - count;
  return more > 0 ? [...texts.slice(0, count), `${more} more`] : texts;
}
