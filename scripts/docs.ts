// Writes docs/errors.md from the error catalogue, docs/join-failures.md from the table of known failures, docs/events.md
// from the entries of events, docs/guides/tested.md from the guides, and docs/conformance.md from the results that are stored. With --check, reports whether they are up to date.
import { readFileSync, writeFileSync } from "node:fs";
import { errorCatalogue } from "../src/errors/catalogue.ts";
import { type KnownFailure, knownFailures } from "../test/faults/known-failures.ts";
import { conformancePage } from "./conformance/page.ts";
import { conformanceRuns } from "./conformance/runs.ts";
import { storedResults } from "./conformance/stored-results.ts";
import { eventsPage } from "./events-page.ts";
import { readGuides, testedPage } from "./pages/guides.ts";

function errorsPage(): string {
  const sections = Object.entries(errorCatalogue).map(
    ([code, { summary, remedy }]) => `## ${code}\n\n${summary}\n\n**What to do:** ${remedy}\n`,
  );
  return `# Errors

Every failure that a user, a machine or a cluster can cause ends with status 1 and four things on stderr: the message (in
the words of upstream's kubeadm, so that searches find it), the cause if it adds something, a remedy, and one of the stable
codes below. With \`-o json\` they are fields of the last line, \`run.failed\`. In the library they are fields of
\`KubeadmError\`. \`kubeadm explain CODE\` prints an entry of this page. An interrupted run ends with status 130 (SIGINT) or 143
(SIGTERM).

\`npm run docs\` generates this page from \`src/errors/catalogue.ts\`.

${sections.join("\n")}`;
}

function joinFailuresPage(): string {
  return `# Why a join fails

What kubeadm prints, what it means, and what to do. The remedy that kubeadm prints names the files, addresses and commands of
your case. If the last column is empty, the words are a warning or the reason of a wait, and the command continues.
[Errors](errors.md) explains the codes.

\`npm run docs\` generates this page from \`test/faults/known-failures.ts\`; a test checks that kubeadm prints each of these
words.

| kubeadm prints | Cause | What to do | Code |
| --- | --- | --- | --- |
${knownFailures.map(joinFailureRow).join("\n")}
`;
}

function joinFailureRow({ says, cause, remedy, code }: KnownFailure): string {
  const link = code === undefined ? "" : `[${code}](errors.md#${code.toLowerCase()})`;
  return `| ${[`\`${says}\``, cause, remedy, link].map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

const pages = {
  "docs/errors.md": errorsPage(),
  "docs/join-failures.md": joinFailuresPage(),
  "docs/events.md": eventsPage(),
  "docs/conformance.md": conformancePage(conformanceRuns, storedResults()),
  "docs/guides/tested.md": testedPage(readGuides()),
};

for (const [name, page] of Object.entries(pages)) {
  const file = new URL(`../${name}`, import.meta.url);
  if (!process.argv.includes("--check")) writeFileSync(file, page);
  else if (readFileSync(file, "utf8") !== page) {
    console.error(`${name} is not up to date: run \`npm run docs\``);
    process.exitCode = 1;
  }
}
