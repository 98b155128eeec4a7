// `npm run site`: the documentation as pages in dist/site, or in the folder that is given. Opened from there, they need no server.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { brokenLinks } from "./site/links.ts";
import { siteFiles } from "./site/site.ts";

const directory = resolve(process.argv[2] ?? join(import.meta.dirname, "../dist/site"));
const files = siteFiles();
rmSync(directory, { recursive: true, force: true });
for (const [path, content] of files) {
  const file = join(directory, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}
const broken = brokenLinks(files);
for (const fault of broken) console.error(fault);
console.log(
  `${files.size} files in ${directory}, ${broken.length} broken links: open ${join(directory, "index.html")}`,
);
process.exitCode = broken.length === 0 ? 0 : 1;
