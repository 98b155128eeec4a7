// Writes docs/errors.md from the error catalogue; with --check, says whether it is up to date instead.
import { readFileSync, writeFileSync } from "node:fs";
import { errorCatalogue } from "../src/errors/catalogue.ts";

const file = new URL("../docs/errors.md", import.meta.url);

function errorsPage(): string {
  const sections = Object.entries(errorCatalogue).map(
    ([code, { summary, remedy }]) => `## ${code}\n\n${summary}\n\n**What to do:** ${remedy}\n`,
  );
  return `# Errors

Every failure that a user, a machine or a cluster can cause ends with status 1 and four things on stderr: the message (in
the words of upstream's kubeadm, so that searches find it), the cause where it adds something, a remedy, and one of the
stable codes below. With \`-o json\` they are fields of the last line, \`run.failed\`. Library users find them on
\`KubeadmError\`. An interrupted run ends with 130 (SIGINT) or 143 (SIGTERM).

This page is made from \`src/errors/catalogue.ts\` by \`npm run docs\`.

${sections.join("\n")}`;
}

if (process.argv.includes("--check")) {
  const current = readFileSync(file, "utf8") === errorsPage();
  if (!current) console.error("docs/errors.md is not up to date: run `npm run docs`");
  process.exitCode = current ? 0 : 1;
} else {
  writeFileSync(file, errorsPage());
}
