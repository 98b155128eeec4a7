import { expect, it } from "vitest";
import { escapeMarkup, unescapeMarkup } from "./escape-markup.ts";

it("leaves no character that ends an element or an attribute", () => {
  expect(escapeMarkup("<a href='x' title=\"`\">&</a>")).toBe(
    "&lt;a href=&#39;x&#39; title=&quot;&#96;&quot;&gt;&amp;&lt;/a&gt;",
  );
});

it.each(["plain", "a < b && c > d", "&lt; as text", '`it\'s "quoted"`'])("is read back as it was: %s", (text) => {
  expect(unescapeMarkup(escapeMarkup(text))).toBe(text);
});
