// `node scripts/check-words.ts`: none of our texts has one of the words to avoid. What upstream prints is not ours.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { findWords } from "./words/words-to-avoid.ts";

const ours = ["bin", "src", "docs", "examples", "scripts", "lab", "test", "*.md"];

/** Upstream's output, generated code, and the words themselves. */
const others = ["test/golden", "scripts/words", "*/gen/*"];

const files = execFileSync("git", ["ls-files", "-z", "--", ...ours, ...others.map((path) => `:!${path}`)], {
  encoding: "utf8",
})
  .split("\0")
  .filter((file) => /\.(?:ts|md|txt|sh)$/.test(file));

const faults = files.flatMap((file) =>
  findWords(readFileSync(file, "utf8")).map(({ line, word, better }) => `${file}:${line}: "${word}": write ${better}`),
);
for (const fault of faults) console.error(fault);
process.exitCode = faults.length === 0 ? 0 : 1;
