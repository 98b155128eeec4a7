import { expect, test } from "vitest";
import { findMirror } from "./debian-mirror.ts";

test("a one-line source is found by its suite, comments and options aside", () => {
  const text = `# deb http://old.invalid/debian bookworm main
deb http://security.invalid/debian-security bookworm-security main
deb [arch=amd64 signed-by=/k.gpg] http://mirror.invalid/debian bookworm main contrib
`;
  expect(findMirror(text, "bookworm")).toBe("http://mirror.invalid/debian");
  expect(findMirror(text, "trixie")).toBeUndefined();
});

test("a stanza is found by its suite", () => {
  const text = `Types: deb
# a remark
URIs: http://mirror.invalid/debian
Suites: bookworm bookworm-updates
Components: main

Types: deb
URIs: http://security.invalid/debian-security
Suites: bookworm-security
Components: main
`;
  expect(findMirror(text, "bookworm")).toBe("http://mirror.invalid/debian");
  expect(findMirror(text, "bookworm-security")).toBe("http://security.invalid/debian-security");
});
