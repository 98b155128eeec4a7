import { describe, expect, it } from "vitest";
import { terminalPicture } from "./terminal-picture.ts";

describe("a picture of a terminal", () => {
  const { light, dark } = terminalPicture(
    ["\u001b[1mbold\u001b[22m  <plain>", "", "\u001b[2m\u001b[33m  x\u001b[0m y"],
    {
      columns: 20,
      title: "A & B",
    },
  );

  it("has each piece of text at its column, with its style", () => {
    expect(
      [...light.matchAll(/<text x="([\d.]+)" y="([\d.]+)" textLength="[\d.]+"( class="[^"]*")?>([^<]*)</g)].map(
        (found) => found.slice(1),
      ),
    ).toEqual([
      ["20.0", "34.3", ' class="bold"', "bold"],
      ["70.4", "34.3", undefined, "&lt;plain&gt;"],
      ["36.8", "72.3", ' class="dim yellow"', "x"],
      ["53.6", "72.3", undefined, "y"],
    ]);
  });

  it("is as large as its text, and has a title", () => {
    expect(light).toContain('viewBox="0 0 208 97"');
    expect(light).toContain("<title>A &amp; B</title>");
  });

  it("has other colors in the dark", () => {
    expect(dark).not.toBe(light);
    expect(dark.replaceAll(/#[0-9a-f]{6}/g, "")).toBe(light.replaceAll(/#[0-9a-f]{6}/g, ""));
  });
});
