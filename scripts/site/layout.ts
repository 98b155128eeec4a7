import { posix } from "node:path";
import { escapeMarkup } from "../../src/values/escape-markup.ts";

export interface NavigationGroup {
  readonly title: string;
  readonly links: readonly { readonly path: string; readonly title: string }[];
}

export interface PageContent {
  /** On the site. */
  readonly path: string;
  readonly title: string;
  readonly body: string;
}

/** Returns the whole page. Every address in it is relative, so that the site works from a folder. */
export function layout({ path, title, body }: PageContent, navigation: readonly NavigationGroup[]): string {
  const to = (other: string) => escapeMarkup(posix.relative(posix.dirname(path), other));
  const groups = navigation.map((group) => {
    const links = group.links.map((link) => {
      const current = link.path === path ? ' aria-current="page"' : "";
      return `<li><a href="${to(link.path)}"${current}>${escapeMarkup(link.title)}</a></li>`;
    });
    return `<h2>${escapeMarkup(group.title)}</h2><ul>${links.join("")}</ul>`;
  });
  const name = "kubeadm in TypeScript";
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeMarkup(title === name ? name : `${title} – ${name}`)}</title>
<link rel="stylesheet" href="${to("style.css")}">
<link rel="icon" href="data:,">
<script src="${to("search.js")}" data-root="${to("index.html").replace(/index\.html$/, "")}" defer></script></head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header><a class="name" href="${to("index.html")}">${name}</a> <a class="pages" href="#pages">All pages</a>
<form role="search" id="search" hidden><input type="search" aria-label="Search" placeholder="Search ( / )" autocomplete="off"><ol></ol></form></header>
<div class="columns">
<main id="content">
${body}</main>
<nav id="pages" aria-label="Pages">${groups.join("\n")}</nav>
</div>
</body></html>
`;
}
