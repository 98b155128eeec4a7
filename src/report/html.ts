import { oneLine } from "../errors/printable-text.ts";
import { escapeMarkup } from "../values/escape-markup.ts";

/** Characters of one text that a page shows; nobody reads more of them. */
const longestText = 4_096;

/** A part of a page. Only `html` makes one, so that no text gets into a page without being escaped. */
export class Html {
  readonly #markup: string;

  private constructor(markup: string) {
    this.#markup = markup;
  }

  /** What is in the template is markup; every value is text, unless it is a part itself. */
  static of(markup: readonly string[], values: readonly HtmlValue[]): Html {
    return new Html(markup.map((part, index) => part + markupOf(values[index])).join(""));
  }

  toString(): string {
    return this.#markup;
  }
}

/** Nothing is shown for undefined and false. */
export type HtmlValue = string | number | undefined | false | Html | readonly HtmlValue[];

/** A part of a page from a template: html`<td>${path}</td>`. */
export function html(markup: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return Html.of(markup, values);
}

function markupOf(value: HtmlValue): string {
  if (value === undefined || value === false) return "";
  if (value instanceof Html) return value.toString();
  if (typeof value === "string" || typeof value === "number") return escaped(String(value));
  return value.map(markupOf).join("");
}

/** On one line, and without what reorders or hides other text; safe in an element and an attribute. */
function escaped(text: string): string {
  return escapeMarkup(oneLine(text, longestText));
}

/** Lines of a log or a file, or commands. */
export function preformatted(lines: readonly string[]): Html {
  return html`<pre>${lines.map((line, index) => html`${index > 0 && html`\n`}${line}`)}</pre>`;
}

/** One of our own sentences, with commands and names in backquotes. */
export function prose(text: string): Html {
  const parts = text.split("`");
  // Without a partner, a backquote is one.
  if (parts.length % 2 === 0) return html`${text}`;
  return html`${parts.map((part, index) => (index % 2 === 0 ? part : html`<code>${part}</code>`))}`;
}
