const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "`": "&#96;",
};
const characters = Object.fromEntries(Object.entries(entities).map(([character, entity]) => [entity, character]));

/** Returns the text for an element or an attribute of HTML or SVG. */
export function escapeMarkup(text: string): string {
  return text.replaceAll(/[&<>"'`]/g, (character) => entities[character] ?? "");
}

/** Returns the text that `escapeMarkup` has made safe. */
export function unescapeMarkup(markup: string): string {
  return markup.replaceAll(/&(?:amp|lt|gt|quot|#39|#96);/g, (entity) => characters[entity] ?? entity);
}
