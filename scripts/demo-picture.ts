// `npm run demo:picture`: runs the demo and draws what it prints as docs/demo-light.svg and docs/demo-dark.svg, for README.md.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { terminalPicture } from "./terminal-picture.ts";

const demo = join(import.meta.dirname, "demo.ts");
const output = execFileSync(process.execPath, [demo], {
  encoding: "utf8",
  env: { ...process.env, FORCE_COLOR: "1" },
  stdio: ["ignore", "pipe", "inherit"],
});

const yellow = "\u001b[33m";
const lines: string[] = [];
let warnings = 0;
for (const line of output.trim().split("\n")) {
  // A warning is longer than the rest of its line, and all of these are about what an ordinary user cannot do.
  const isWarning = line.includes(yellow);
  if (isWarning) warnings += 1;
  else {
    if (warnings > 0) lines.push(`           ${yellow}… ${warnings} lines of warnings\u001b[39m`);
    warnings = 0;
    lines.push(line);
  }
}

// The request and the files are for those who run it themselves.
const start = lines.findIndex((line) => line.includes("Its certificate signing request"));
const end = lines.findIndex((line) => line.includes("How it went"));
if (start === -1 || end === -1) throw new Error("the demo does not print what the picture leaves out");
lines.splice(start, end - start);

const { light, dark } = terminalPicture(lines, {
  columns: 80,
  title: "npm run demo: a worker joins a Kubernetes cluster, without privileges",
});
for (const [name, picture] of Object.entries({ light, dark })) {
  writeFileSync(join(import.meta.dirname, `../docs/demo-${name}.svg`), picture);
}
