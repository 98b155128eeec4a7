import { describe, expect, it } from "vitest";
import { commandFlagNames, configuredByFlags, type FlagTableFor, flagsByName, flagsOfNames } from "./flag-table.ts";
import { requireUnmixed } from "./mixed-flags.ts";

interface Configuration {
  readonly name?: string;
  readonly node?: { readonly socket?: string; readonly ports?: { readonly api?: number } };
}

const table = {
  apiPort: { type: "int32", usage: "Port.", field: "node.ports.api" },
  config: { type: "string", usage: "File.", besideConfig: true },
  criSocket: { type: "string", usage: "Socket.", field: "node.socket" },
  kubeconfig: { type: "string", usage: "Kubeconfig.", phasesOnly: true },
  nodeName: { type: "string", usage: "Name.", field: "name", group: "identity" },
  token: { type: "secret", usage: "Token.", group: "identity" },
} as const satisfies FlagTableFor<Configuration>;

describe("a table of flags gives", () => {
  it("the names of the flags that the command itself takes", () => {
    expect(commandFlagNames(table)).toEqual(["api-port", "config", "cri-socket", "node-name", "token"]);
  });

  it.each([
    ["the flags that a phase names", ["kubeconfig", "api-port"], ["kubeconfig", "api-port"]],
    ["all flags of a group that a phase names", ["config", "identity"], ["config", "node-name", "token"]],
    ["nothing to a phase that names none", [], []],
  ])("%s", (_, names, expected) => {
    expect(Object.keys(flagsOfNames(names, flagsByName(table)))).toEqual(expected);
  });

  it("an error for a name that is neither a flag nor a group", () => {
    expect(() => flagsOfNames(["node-nane"], flagsByName(table))).toThrow("node-nane");
  });

  it.each([
    [
      "the configuration that the flags set",
      { nodeName: "a", criSocket: "s", apiPort: 1 },
      { name: "a", node: { socket: "s", ports: { api: 1 } } },
    ],
    ["empty values as they were given", { nodeName: "", apiPort: 0 }, { name: "", node: { ports: { api: 0 } } }],
    [
      "no field for a flag that has none, was not given, or is not there",
      { config: "f", criSocket: undefined, other: 1 },
      {},
    ],
  ])("%s", (_, values, expected) => {
    expect(configuredByFlags<Configuration>(table, values)).toEqual(expected);
  });
});

describe("beside --config", () => {
  const mixed = (...given: string[]) => {
    try {
      requireUnmixed(given, flagsByName(table));
      return "allowed";
    } catch (error) {
      return error instanceof Error ? error.message : "";
    }
  };

  it.each([
    ["a flag whose record allows it", ["config"], "allowed"],
    ["global flags", ["config", "rootfs", "v", "output"], "allowed"],
    [
      "a flag whose value belongs in the file",
      ["config", "node-name"],
      "can not mix '--config' with arguments [node-name]",
    ],
    [
      "several of them, sorted",
      ["token", "config", "api-port"],
      "can not mix '--config' with arguments [api-port token]",
    ],
    ["--vmodule, as upstream has it", ["config", "vmodule"], "can not mix '--config' with arguments [vmodule]"],
    ["anything without --config", ["node-name", "token"], "allowed"],
  ])("%s", (_, given, expected) => {
    expect(mixed(...given)).toBe(expected);
  });
});
