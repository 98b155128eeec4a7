import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Page, parsePage } from "./page.ts";

export interface Guide {
  /** "external-ca" */
  readonly name: string;
  readonly page: Page;
}

const directory = join(import.meta.dirname, "../../docs/guides");

/** Not guides themselves. */
const lists = ["README.md", "tested.md"];

/** Reads all guides. An error names the file. */
export function readGuides(): readonly Guide[] {
  return readdirSync(directory)
    .filter((file) => file.endsWith(".md") && !lists.includes(file))
    .sort()
    .map((file) => {
      try {
        return { name: file.replace(/\.md$/, ""), page: parsePage(readFileSync(join(directory, file), "utf8")) };
      } catch (error) {
        throw new Error(`docs/guides/${file}: ${error instanceof Error ? error.message : String(error)}`, {
          cause: error,
        });
      }
    });
}

/** docs/guides/tested.md: what of each guide runs, and what does not. */
export function testedPage(guides: readonly Guide[]): string {
  const rows = guides.map(({ name, page }) => {
    const steps = page.sections.flatMap((section) => section.steps);
    const run = steps.filter(({ kind }) => kind === "script" || kind === "file" || kind === "copy").length;
    const reasons = steps.flatMap((step) => (step.kind === "skipped" ? [`line ${step.line}: ${step.reason}`] : []));
    return `| [${page.title}](${name}.md) | ${page.hosts.join(", ")} | ${run} | ${reasons.join("<br>")} |`;
  });
  return `# What is tested

\`npm run pages:kubernetes\` runs the blocks of each guide in its order on hosts of a real Kubernetes cluster
([how](../../test/kubernetes/pages/README.md)). A page with a block that nothing runs fails the build, unless this table has the
reason. \`npm run docs\` generates it.

| guide | hosts | blocks run | not run |
| --- | --- | --- | --- |
${rows.join("\n")}
`;
}
