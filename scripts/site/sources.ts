// Which files of the repository are pages of the site, and where.
import { globSync } from "node:fs";
import { posix } from "node:path";
import { errorCatalogue } from "../../src/errors/catalogue.ts";

/** Pages outside of docs/. */
const others: Readonly<Record<string, string>> = {
  "README.md": "index.html",
  "CHANGELOG.md": "changelog.html",
  "CONTRIBUTING.md": "contributing.html",
  "SECURITY.md": "security.html",
  "lab/README.md": "lab.html",
  "test/kubernetes/pages/README.md": "guides/how-they-are-tested.html",
  "test/differ/README.md": "differ.html",
  "docs/errors.md": "errors/index.html",
  "docs/join-failures.md": "join-failures/index.html",
};

/** Path in the repository → path on the site, of all pages that are written in Markdown. */
export function sourcePages(root: string): ReadonlyMap<string, string> {
  const docs = globSync("docs/**/*.md", { cwd: root }).sort();
  return new Map([...docs, ...Object.keys(others)].map((path) => [path, others[path] ?? sitePath(path)]));
}

function sitePath(path: string): string {
  return path
    .replace(/^docs\//, "")
    .replace(/README\.md$/, "index.html")
    .replace(/\.md$/, ".html");
}

/** Where a link of a page leads. */
export type Target =
  | { readonly kind: "outside" }
  | { readonly kind: "site"; readonly path: string; readonly fragment: string }
  /** A file of the repository that is not on the site. */
  | { readonly kind: "repository"; readonly path: string };

/** `source` is the page's path in the repository. */
export function targetOf(link: string, source: string, pages: ReadonlyMap<string, string>): Target {
  if (/^[a-z]+:/.test(link)) return { kind: "outside" };
  const [path = "", fragment = ""] = link.split("#");
  const file = path === "" ? source : posix.join(posix.dirname(source), path);
  const code = fragment.toUpperCase();
  if (file === "docs/errors.md" && Object.hasOwn(errorCatalogue, code)) {
    return { kind: "site", path: `errors/${code}.html`, fragment: "" };
  }
  if (file.endsWith(".svg") && file.startsWith("docs/")) return { kind: "site", path: sitePath(file), fragment: "" };
  const page = pages.get(file);
  return page === undefined ? { kind: "repository", path: file } : { kind: "site", path: page, fragment };
}

/** From one page of the site to another. */
export function relativeLink(
  from: string,
  { path, fragment }: { readonly path: string; readonly fragment: string },
): string {
  const hash = fragment === "" ? "" : `#${fragment}`;
  if (from === path && hash !== "") return hash;
  return `${posix.relative(posix.dirname(from), path)}${hash}`;
}
