// `npm run conformance`: collects the results that long runs have left on this machine in docs/conformance/, and writes
// docs/conformance.md from them. `npm run docs` writes the page alone.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { conformancePage } from "./conformance/page.ts";
import { conformanceRuns } from "./conformance/runs.ts";
import { collectResults, storedResults } from "./conformance/stored-results.ts";

const { collected, unknown } = collectResults();
for (const name of collected) console.log(`new result: ${name}`);
for (const file of unknown) console.log(`not on the page: ${file}`);
const results = storedResults();
writeFileSync(join(import.meta.dirname, "../docs/conformance.md"), conformancePage(conformanceRuns, results));
const missing = conformanceRuns.filter(({ name }) => !results.has(name)).map(({ command }) => command);
console.log(
  `docs/conformance.md: ${results.size} results${missing.length === 0 ? "" : `; none of ${missing.join(", ")}`}`,
);
