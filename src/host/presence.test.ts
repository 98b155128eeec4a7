import { expect, it } from "vitest";
import { memoryHost } from "./memory.ts";
import { isSeen, mayExist } from "./presence.ts";

it.each([
  ["a file that is there", "/etc/there", true, true],
  ["a file that is not", "/etc/missing", false, false],
  ["a file in a directory that the user may not look into", "/etc/closed/x", false, true],
])("%s", async (_, path, seen, possible) => {
  const { files } = memoryHost({ files: { "/etc/there": "x" } });
  files.fail("/etc/closed/x", "EACCES");
  expect(await isSeen(path, files)).toBe(seen);
  expect(await mayExist(path, files)).toBe(possible);
});
