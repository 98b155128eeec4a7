import { describe, expect, it } from "vitest";
import { corefileServers } from "./corefile.ts";

describe("a Corefile", () => {
  it("has the lines in a plugin's braces as its options", () => {
    const text = "a {\n  forward . 10.0.0.1 {\n    max_concurrent 5\n    prefer_udp\n  }\n}\n";
    const plugin = corefileServers(text)[0]?.plugins[0];
    expect(plugin).toMatchObject({ name: "forward", args: [".", "10.0.0.1"] });
    expect(text.slice(plugin?.position, plugin?.end)).toBe(
      "forward . 10.0.0.1 {\n    max_concurrent 5\n    prefer_udp\n  }",
    );
    expect(
      (plugin?.options ?? []).map(({ name, args, position, end }) => [name, args, text.slice(position, end)]),
    ).toEqual([
      ["max_concurrent", ["5"], "max_concurrent 5"],
      ["prefer_udp", [], "prefer_udp"],
    ]);
  });

  it("has a plugin without braces as far as its last word goes", () => {
    const text = "a {\n  cache 30 # seconds\n  errors\n}\nb {\n  log\n}\n";
    expect(
      corefileServers(text).map(({ plugins }) => plugins.map(({ position, end }) => text.slice(position, end))),
    ).toEqual([["cache 30", "errors"], ["log"]]);
  });
});
