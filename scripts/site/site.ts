// The documentation as pages that need no server.
import { existsSync, globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { errorCatalogue } from "../../src/errors/catalogue.ts";
import { type KnownFailure, knownFailures } from "../../test/faults/known-failures.ts";
import { layout, type NavigationGroup } from "./layout.ts";
import { type RenderedPage, renderPage } from "./render.ts";
import { relativeLink, sourcePages, targetOf } from "./sources.ts";
import { styleSheet } from "./style.ts";

const root = resolve(import.meta.dirname, "../..");

interface SitePage extends RenderedPage {
  readonly path: string;
}

/** Path → content of every file of the site. Throws if a page refers to a file that is not in the repository. */
export function siteFiles(): ReadonlyMap<string, string> {
  const pages = [...writtenPages(), ...errorPages(), ...failurePages()];
  const navigation = navigationOf(pages);
  const pictures = globSync("docs/*.svg", { cwd: root }).map((path) => path.replace(/^docs\//, ""));
  return new Map([
    ...pages.map((page) => [page.path, layout(page, navigation)] as const),
    ...pictures.map((path) => [path, readFileSync(join(root, "docs", path), "utf8")] as const),
    ["style.css", styleSheet],
    ["search.js", readFileSync(join(import.meta.dirname, "search.js"), "utf8")],
    ["search-index.js", searchIndex(pages)],
  ]);
}

function writtenPages(): readonly SitePage[] {
  const sources = sourcePages(root);
  return [...sources].map(([source, path]) => {
    const markdown = prepared(source, readFileSync(join(root, source), "utf8"));
    const link = (address: string) => {
      if (isOfSite(address)) return address;
      const target = targetOf(address, source, sources);
      if (target.kind === "outside") return address;
      if (target.kind === "site") return relativeLink(path, target);
      if (!existsSync(join(root, target.path))) throw new Error(`${source} refers to ${address}, which does not exist`);
      return undefined;
    };
    return { path, ...renderPage(markdown, { resolve: link }) };
  });
}

/** The lists of errors and failures lead to their pages. */
function prepared(source: string, markdown: string): string {
  if (source === "docs/errors.md") return markdown.replaceAll(/^## ([A-Z_]+)$/gm, "## [$1]($1.html)");
  if (source !== "docs/join-failures.md") return markdown;
  return knownFailures.reduce((text, failure) => {
    const cell = `| \`${failure.says.replaceAll("|", "\\|")}\` |`;
    return text.replace(cell, () => `| [${cell.slice(2, -2)}](${failureSlug(failure)}.html) |`);
  }, markdown);
}

/** errors/DISCOVERY_UNREACHABLE.html and the like. */
function errorPages(): readonly SitePage[] {
  return Object.entries(errorCatalogue).map(([code, { summary, remedy }]) => {
    const failures = knownFailures.filter((failure) => failure.code === code);
    const rows = failures.map(
      (each) => `- [\`${each.says}\`](../join-failures/${failureSlug(each)}.html): ${each.cause}`,
    );
    const seen =
      rows.length === 0 ? "" : `\n## In a join\n\nkubeadm prints one of these words:\n\n${rows.join("\n")}\n`;
    const page = `# ${code}

${summary}

**What to do:** ${remedy}

The error that kubeadm prints names the files, addresses and commands of your case. Offline, \`kubeadm explain ${code}\` prints
this page.
${seen}
[All error codes](index.html). [When a join fails](../guides/when-a-join-fails.html).
`;
    return { path: `errors/${code}.html`, ...renderPage(page, { resolve: (address) => address }) };
  });
}

/** join-failures/could-not-find-a-jws-signature.html and the like. */
function failurePages(): readonly SitePage[] {
  return knownFailures.map((failure) => {
    const { says, cause, remedy, code } = failure;
    const error =
      code === undefined
        ? "The words are a warning or the reason of a wait: the command continues."
        : `**Code:** [${code}](../errors/${code}.html)`;
    const page = `# ${says.replaceAll(/[[\]*_<>]/g, "\\$&")}

${cause}

**What to do:** ${remedy}

${error}

[All join failures](index.html). [When a join fails](../guides/when-a-join-fails.html).
`;
    return {
      path: `join-failures/${failureSlug(failure)}.html`,
      ...renderPage(page, { resolve: (address) => address }),
    };
  });
}

/** Pages of the repository refer to each other as Markdown; only links that are made here lead to pages of the site. */
function isOfSite(address: string): boolean {
  return !/^[a-z]+:/.test(address) && address.endsWith(".html");
}

export function failureSlug({ says }: Pick<KnownFailure, "says">): string {
  const words = says
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
  return words.length <= 60 ? words : words.slice(0, 60).replace(/-[^-]*$/, "");
}

function navigationOf(pages: readonly SitePage[]): readonly NavigationGroup[] {
  const titled = (...paths: readonly string[]) =>
    paths.map((path) => {
      const title = pages.find((page) => page.path === path)?.title;
      if (title === undefined) throw new Error(`there is no page ${path}`);
      return { path, title };
    });
  const guides = readFileSync(join(root, "docs/guides/README.md"), "utf8");
  const listed = [...guides.matchAll(/^- \[[^\]]+\]\(([a-z0-9-]+)\.md\)$/gm)].map(([, name]) => `guides/${name}.html`);
  return [
    { title: "Guides", links: titled("guides/index.html", ...listed) },
    {
      title: "Reference",
      links: titled(
        ...["commands.html", "errors/index.html", "join-failures/index.html", "doctor.html", "events.html"],
        ...["differences.html", "library.html"],
      ),
    },
    {
      title: "Project",
      links: titled("changelog.html", "security.html", "contributing.html", "architecture.html", "adr/index.html"),
    },
  ];
}

/** What is in a list has a page of its own, which the search finds instead. */
const lists = ["errors/index.html", "join-failures/index.html"];

/** A script, because a page that is opened from a folder cannot load anything else. */
function searchIndex(pages: readonly SitePage[]): string {
  const entries = pages.flatMap(({ path, title, sections }) =>
    (lists.includes(path) ? [{ id: "", heading: "", text: "" }] : sections)
      .filter(({ heading, text }) => lists.includes(path) || heading !== "" || text !== "")
      .map(({ id, heading, text }) => [id === "" ? path : `${path}#${id}`, title, heading, text]),
  );
  return `globalThis.searchIndex = ${JSON.stringify(entries).replaceAll("</", "<\\/")};\n`;
}
