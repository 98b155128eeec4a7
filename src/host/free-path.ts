import type { Files } from "./host.ts";

/** Returns a path that nothing has: the given one, or else the first of `numbered(2)`, `numbered(3)` and so on. */
export async function freePath(
  path: string,
  numbered: (number: number) => string,
  files: Pick<Files, "status">,
): Promise<string> {
  let free = path;
  for (let number = 2; (await files.status(free)) !== undefined; number++) free = numbered(number);
  return free;
}
