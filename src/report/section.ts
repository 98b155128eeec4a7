import { type Html, type HtmlValue, html } from "./html.ts";

/** A part of the page with a heading, by which its region is named. */
export interface Section {
  readonly id: string;
  readonly heading: string;
  readonly content: HtmlValue;
  readonly className?: string;
}

/** The sections that have something to show. */
export function withContent(sections: readonly Section[]): readonly Section[] {
  return sections.filter(({ content }) => content !== false && !(Array.isArray(content) && content.length === 0));
}

export function sectionHtml({ id, heading, content, className }: Section): Html {
  return html`<section${className !== undefined && html` class="${className}"`} aria-labelledby="${id}"><h2 id="${id}">${heading}</h2>${content}</section>`;
}
