import { Marked, type Tokens } from "marked";
import { escapeMarkup, unescapeMarkup } from "../../src/values/escape-markup.ts";

/** A page in HTML, and what the search finds in it. */
export interface RenderedPage {
  readonly title: string;
  readonly body: string;
  readonly sections: readonly SearchSection[];
}

export interface SearchSection {
  /** Empty for what comes before the first heading. */
  readonly id: string;
  readonly heading: string;
  readonly text: string;
}

export interface RenderOptions {
  /** Returns the address for a link or a picture; undefined if the text has to stand without a link. */
  readonly resolve: (link: string) => string | undefined;
}

/** Renders a page as GitHub does: the same anchors, and no comments. */
export function renderPage(markdown: string, { resolve }: RenderOptions): RenderedPage {
  const sections: { id: string; heading: string; text: string }[] = [{ id: "", heading: "", text: "" }];
  const ids = new Map<string, number>();
  let title = "";
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth }: Tokens.Heading): string {
        const content = this.parser.parseInline(tokens);
        const plain = plainText(content);
        const id = uniqueId(anchorOf(plain), ids);
        if (depth === 1 && title === "") title = plain;
        else sections.push({ id, heading: plain, text: "" });
        const mark = depth === 1 ? "" : ` <a class="anchor" href="#${id}" aria-label="Link to this section">#</a>`;
        return `<h${depth} id="${id}">${content}${mark}</h${depth}>\n`;
      },
      link({ href, tokens }: Tokens.Link): string {
        const content = this.parser.parseInline(tokens);
        const address = resolve(href);
        return address === undefined ? content : `<a href="${escapeMarkup(address)}">${content}</a>`;
      },
      image({ href, text }: Tokens.Image): string {
        return `<img src="${escapeMarkup(resolve(href) ?? href)}" alt="${escapeMarkup(text)}">`;
      },
      table({ header, rows }: Tokens.Table): string {
        const contents = header.map(({ tokens }) => this.parser.parseInline(tokens));
        const body = rows.map((row) => {
          const cells = row.map(({ tokens }, index) => {
            const label = escapeMarkup(plainText(contents[index] ?? ""));
            return `<td data-label="${label}">${breakable(this.parser.parseInline(tokens))}</td>`;
          });
          return `<tr>${cells.join("")}</tr>\n`;
        });
        const head = contents.map((content) => `<th scope="col">${content}</th>`).join("");
        const kind = header.length > 3 ? "table wide" : "table";
        return `<div class="${kind}" tabindex="0"><table><thead><tr>${head}</tr></thead><tbody>\n${body.join("")}</tbody></table></div>\n`;
      },
      html({ text }: Tokens.HTML | Tokens.Tag): string {
        return text
          .replaceAll(/<!--.*?-->\n?/gs, "")
          .replaceAll(/ (src|srcset)="([^"]+)"/g, (_whole, name: string, link: string) => {
            return ` ${name}="${escapeMarkup(resolve(link) ?? link)}"`;
          });
      },
    },
  });
  // The text of a section is collected from the finished markup, so that the search finds what is seen.
  const body = marked.parse(markdown, { async: false });
  const parts = body.split(/<h[1-6] id="[^"]*">.*?<\/h[1-6]>\n/s);
  // The first heading is the title, and has no section of its own.
  const texts = parts.length > sections.length ? [parts.slice(0, 2).join(" "), ...parts.slice(2)] : parts;
  for (const [index, section] of sections.entries()) section.text = plainText(texts[index] ?? "");
  return { title, body, sections };
}

/** Long names in capitals may be broken at their underscores. */
function breakable(content: string): string {
  return content.replaceAll(/(?<=>)[A-Z]+_[A-Z_]+(?=<)/g, (name) => name.replaceAll("_", "_<wbr>"));
}

/** GitHub's anchor of a heading. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
}

function uniqueId(id: string, ids: Map<string, number>): string {
  const count = ids.get(id) ?? 0;
  ids.set(id, count + 1);
  return count === 0 ? id : `${id}-${count}`;
}

/** The text of markup. */
export function plainText(markup: string): string {
  const text = markup
    .replaceAll(/<a class="anchor".*?<\/a>/g, "")
    .replaceAll(/<(?:br|\/td|\/th|\/li|\/p|\/pre)[^>]*>/g, " ")
    .replaceAll(/<[^>]*>/g, "");
  return unescapeMarkup(text).replaceAll(/\s+/g, " ").trim();
}
