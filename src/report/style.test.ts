import { describe, expect, it } from "vitest";
import { darkPalette, lightPalette, type Palette } from "./style.ts";

/** WCAG's contrast ratio of two colors. */
function contrast(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((index) => Number.parseInt(color.slice(index, index + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

const texts = ["text", "muted", "good", "bad", "warning", "accent"] as const;
const cases = (
  [
    ["light", lightPalette],
    ["dark", darkPalette],
  ] as const
).flatMap(([name, palette]) =>
  texts.flatMap((text) => (["background", "panel"] as const).map((ground) => [name, text, ground, palette] as const)),
);

describe("the colors of a report", () => {
  it.each<readonly [string, keyof Palette, keyof Palette, Palette]>(cases)(
    "%s: %s on %s has a contrast of at least 4.5",
    (_name, text, ground, palette) => {
      expect(contrast(palette[text], palette[ground])).toBeGreaterThanOrEqual(4.5);
    },
  );
});
