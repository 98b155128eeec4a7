import { expect, it } from "vitest";
import { shellWord } from "./shell-word.ts";

it("a word for the shell is quoted where it needs that", () => {
  expect(["/a/b-1.c", "a b", "it's", "", "$(x)"].map(shellWord)).toEqual([
    "/a/b-1.c",
    "'a b'",
    "'it'\\''s'",
    "''",
    "'$(x)'",
  ]);
});
