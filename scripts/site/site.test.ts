import { describe, expect, it } from "vitest";
import { errorCatalogue } from "../../src/errors/catalogue.ts";
import { knownFailures } from "../../test/faults/known-failures.ts";
import { brokenLinks } from "./links.ts";
import { anchorOf, renderPage } from "./render.ts";
import { failureSlug, siteFiles } from "./site.ts";
import { relativeLink, targetOf } from "./sources.ts";

describe("the site", () => {
  const files = siteFiles();

  it("has no link that leads nowhere", () => {
    expect(brokenLinks(files)).toEqual([]);
  });

  it("has an address for every error code, with what to do", () => {
    for (const code of Object.keys(errorCatalogue)) {
      expect(files.get(`errors/${code}.html`), code).toContain(`<h1 id="${code.toLowerCase()}">${code}</h1>`);
    }
    expect(files.get("errors/index.html")).toContain('<a href="DISCOVERY_UNREACHABLE.html">DISCOVERY_UNREACHABLE</a>');
  });

  it("has an address for every join failure, and no two have the same", () => {
    const slugs = knownFailures.map(failureSlug);
    expect(new Set(slugs).size).toBe(slugs.length);
    for (const slug of slugs) {
      expect(files.get(`join-failures/${slug}.html`), slug).toContain("What to do:");
      expect(files.get("join-failures/index.html")).toContain(`<a href="${slug}.html">`);
    }
  });

  it("has a title on every page", () => {
    for (const [path, content] of files) {
      if (path.endsWith(".html")) expect(content, path).toMatch(/<title>[^<–]{3}/);
    }
  });

  it("shows no comment of the lab, and loads nothing from elsewhere", () => {
    for (const [path, content] of files) {
      if (!path.endsWith(".html")) continue;
      expect(content, path).not.toContain("<!-- lab");
      expect(content, path).not.toMatch(/<(?:link|script|img)[^>]*(?:href|src)="https?:/);
    }
  });

  it("finds words by an index that is a script", () => {
    const index = files.get("search-index.js") ?? "";
    const entries = JSON.parse(index.replace("globalThis.searchIndex = ", "").replace(/;\n$/, "")) as string[][];
    expect(entries).toContainEqual([
      "errors/DISCOVERY_UNREACHABLE.html",
      "DISCOVERY_UNREACHABLE",
      "",
      expect.stringContaining("kubeadm explain DISCOVERY_UNREACHABLE"),
    ]);
    const [, , heading, text] =
      entries.find(([address]) => address === "guides/renewing-certificates.html#renew") ?? [];
    expect(heading).toBe("Renew");
    expect(text).toMatch(/^On each control plane, one after the other: sudo kubeadm certs renew all /);
  });
});

describe("a page", () => {
  const render = (markdown: string) =>
    renderPage(markdown, { resolve: (link) => (link === "none" ? undefined : link) });

  it.each([
    ["a comment", "a\n\n<!-- lab: on x\nprints y\n-->\nb", "<p>a</p>\n<p>b</p>\n"],
    ["a link to what the site doesn't have", "[`a`](none)", "<p><code>a</code></p>\n"],
    ["markup in code", "`<a>`", "<p><code>&lt;a&gt;</code></p>\n"],
    [
      "a heading",
      "## A *b*, `c_d`",
      /^<h2 id="a-b-c_d">A <em>b<\/em>, <code>c_d<\/code> <a class="anchor" href="#a-b-c_d"/,
    ],
  ])("is rendered with %s", (_, markdown, html) => {
    expect(render(markdown).body).toMatch(html);
  });

  it("has its sections for the search", () => {
    expect(render("# T\n\nintro\n\n## A\n\none\n\n## A\n\ntwo").sections).toEqual([
      { id: "", heading: "", text: "intro" },
      { id: "a", heading: "A", text: "one" },
      { id: "a-1", heading: "A", text: "two" },
    ]);
  });

  it("has GitHub's anchors", () => {
    expect(anchorOf("What upstream's kubeadm doesn't have")).toBe("what-upstreams-kubeadm-doesnt-have");
  });
});

describe("a link", () => {
  const pages = new Map([
    ["docs/guides/a.md", "guides/a.html"],
    ["docs/errors.md", "errors/index.html"],
  ]);
  it.each([
    ["of another page", "../errors.md#usage", "../errors/USAGE.html"],
    ["of a section of another page", "../errors.md#top", "../errors/index.html#top"],
    ["of its own section", "#x", "#x"],
    ["of a picture", "../x.svg", "../x.svg"],
  ])("%s stays within the site", (_, link, address) => {
    const target = targetOf(link, "docs/guides/a.md", pages);
    expect(target.kind === "site" && relativeLink("guides/a.html", target)).toBe(address);
  });

  it("of a file that is no page is known", () => {
    expect(targetOf("../../LICENSE", "docs/guides/a.md", pages)).toEqual({ kind: "repository", path: "LICENSE" });
    expect(targetOf("https://example.org/", "docs/guides/a.md", pages)).toEqual({ kind: "outside" });
  });

  it("that leads nowhere is found", () => {
    const files = new Map([
      ["a/b.html", '<a href="../c.html#x"></a><a href="#y"></a><a href="d.html"></a><a href="https://e/"></a>'],
      ["c.html", '<p id="z">'],
    ]);
    expect(brokenLinks(files)).toEqual([
      "a/b.html: no section ../c.html#x",
      "a/b.html: no section #y",
      "a/b.html: no page d.html",
    ]);
  });
});
