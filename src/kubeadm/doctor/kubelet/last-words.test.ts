import { expect, it } from "vitest";
import { lastWords } from "./last-words.ts";

it.each([
  [
    "the error of a klog line",
    'E1126 14:00:00.000000 1 run.go:72] "command failed" err="no such file"',
    "no such file",
  ],
  ["quoted names in it", String.raw`E1126 14:00:00.000000 1 run.go:72] "x" err="open \"/a b\": no"`, 'open "/a b": no'],
  ["characters that Go escapes", String.raw`E1126 14:00:00.000000 1 run.go:72] "x" err="a\u00a0b\x41"`, "a bA"],
  ["several lines as one", String.raw`E1126 14:00:00.000000 1 run.go:72] "x" err="a:\n\tb"`, "a: b"],
  [
    "a quoted error that Go would not write, as it is",
    String.raw`E1126 14:00:00.000000 1 run.go:72] "x" err="a\q"`,
    String.raw`"a\q"`,
  ],
  ["cobra's error", "Error: unknown flag: --x", "unknown flag: --x"],
])("of the kubelet's log is %s", (_what, line, words) => {
  expect(lastWords(line)).toBe(words);
});
