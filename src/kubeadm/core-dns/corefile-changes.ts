import type { CorefilePlugin, CorefileServer } from "./corefile.ts";
import { type CorefileEdit, edited, indentationAt, removal } from "./corefile-edits.ts";

/** A change of CoreDNS that makes an older Corefile unusable, and what becomes of the text. */
export interface CorefileChange {
  /** The first version that does not work with the old text. */
  readonly version: string;
  /** CoreDNS' own words for it. */
  readonly source: string;
  readonly edits: (server: CorefileServer, corefile: string) => readonly CorefileEdit[];
}

/**
 * All changes of the plugins below from 1.1.3 to 1.15.0: Kubernetes 1.11 shipped 1.1.3, 1.38 ships 1.15.0. Every
 * other line of these versions' Corefiles is accepted.
 */
export const corefileChanges: readonly CorefileChange[] = [
  {
    version: "1.5.0",
    source:
      "https://coredns.io/2019/04/06/coredns-1.5.0-release/: ready is a separate plugin, which the Deployment's probe calls",
    edits: ({ plugins }, corefile) => {
      const kubernetes = plugins.find(({ name }) => name === "kubernetes");
      if (kubernetes === undefined || plugins.some(({ name }) => name === "ready")) return [];
      return [insertion("ready\n", kubernetes, corefile, '"ready" is written before "kubernetes"')];
    },
  },
  {
    version: "1.5.0",
    source: "https://coredns.io/2019/04/06/coredns-1.5.0-release/: forward replaces proxy",
    edits: ({ plugins }, corefile) => forwarded(plugins, corefile),
  },
  {
    version: "1.5.0",
    source: "https://coredns.io/2019/04/06/coredns-1.5.0-release/: no_reload is the same as reload 0",
    edits: ({ plugins }) =>
      optionsOf(plugins, ["file", "auto"], ["no_reload"]).map(({ plugin, option }) => ({
        ...{ position: option.position, end: option.end, text: "reload 0" },
        note: `${plugin.name}: "no_reload" becomes "reload 0"`,
      })),
  },
  {
    version: "1.7.0",
    source: "https://github.com/coredns/coredns/pull/3737: the options are removed",
    edits: ({ plugins }, corefile) =>
      optionsOf(plugins, ["kubernetes"], ["resyncperiod", "upstream"]).map(({ plugin, option }) => ({
        ...removal(corefile, option),
        note: `${plugin.name}: "${option.name}" is removed`,
      })),
  },
  {
    version: "1.8.0",
    source: "https://coredns.io/2020/10/22/coredns-1.8.0-release/: transfer is a separate plugin",
    edits: ({ plugins }, corefile) => plugins.flatMap((plugin) => transferred(plugin, corefile)),
  },
  {
    version: "1.12.4",
    source: "https://github.com/coredns/coredns/pull/7436: the selector is mandatory; without one, it was response",
    edits: ({ plugins }) =>
      optionsOf(plugins, ["header"], ["set", "clear"]).map(({ plugin, option: { name, position } }) => ({
        ...{ position, end: position, text: "response " },
        note: `${plugin.name}: "response " is written before "${name}"`,
      })),
  },
];

/** Plugins that CoreDNS has removed without another one in their place, and the first version without them. */
export const removedPlugins: ReadonlyMap<string, string> = new Map([
  ["reverse", "1.2.0"],
  ["federation", "1.7.0"],
]);

function optionsOf(plugins: readonly CorefilePlugin[], names: readonly string[], options: readonly string[]) {
  return plugins
    .filter(({ name }) => names.includes(name))
    .flatMap((plugin) =>
      plugin.options.filter(({ name }) => options.includes(name)).map((option) => ({ plugin, option })),
    );
}

/** A line before a plugin. */
function insertion(text: string, { position }: CorefilePlugin, corefile: string, note: string): CorefileEdit {
  return { position, end: position, text: text + indentationAt(corefile, position), note };
}

/**
 * Each `proxy` becomes a `forward`. Of several, `proxy` took the one with the longest zone; CoreDNS asks them in their
 * order, so they change places.
 */
function forwarded(plugins: readonly CorefilePlugin[], corefile: string): readonly CorefileEdit[] {
  const proxies = plugins.filter(({ name }) => name === "proxy");
  const texts = proxies
    .map((proxy) => ({ zone: proxy.args[0] ?? ".", text: forwardOf(proxy, corefile) }))
    .toSorted((a, b) => labelsOf(b.zone) - labelsOf(a.zone));
  return proxies.map(({ position, end }, index) => ({
    ...{ position, end, text: texts[index]?.text ?? "" },
    ...(index === 0 ? { note: '"proxy" becomes "forward", without options that forward does not have' } : {}),
  }));
}

function labelsOf(zone: string): number {
  return zone.split(".").filter(Boolean).length;
}

function forwardOf({ position, end, name, options }: CorefilePlugin, corefile: string): string {
  const text = corefile.slice(position, end);
  const edits = options.flatMap((option): readonly CorefileEdit[] => {
    const within = { position: option.position - position, end: option.end - position };
    if (option.name === "except") return [];
    if (option.name === "policy") {
      const [policy = ""] = option.args;
      if (["random", "round_robin"].includes(policy)) return [];
      if (policy === "first") return [{ ...within, text: "policy sequential" }];
    }
    if (option.name === "protocol" && option.args.includes("force_tcp")) return [{ ...within, text: "force_tcp" }];
    return [removal(text, within)];
  });
  return edited(text, [{ position: 0, end: name.length, text: "forward" }, ...edits]);
}

/** `transfer to ADDRESS...` of a plugin becomes a plugin `transfer` for its zones. */
function transferred(plugin: CorefilePlugin, corefile: string): readonly CorefileEdit[] {
  const zones = zonesOf(plugin);
  if (zones === undefined) return [];
  const options = plugin.options.filter(({ name, args }) => name === "transfer" && args[0] !== "from");
  const targets = options.flatMap(({ args }) => args.slice(1));
  const [first] = options;
  if (first === undefined) return [];
  const removals = options.map((option) => removal(corefile, option));
  if (targets.length === 0) return removals;
  const indentation = indentationAt(corefile, plugin.position);
  const head = ["transfer", ...zones].join(" ");
  const block = `${head} {\n${indentation}    to ${targets.join(" ")}\n${indentation}}\n`;
  const note = `${plugin.name}: "transfer to" becomes a plugin "transfer"`;
  return [insertion(block, plugin, corefile, note), ...removals];
}

/** The zones of a plugin that could transfer them; none if they are those of the server block. */
function zonesOf({ name, args }: CorefilePlugin): readonly string[] | undefined {
  if (name === "file") return args.slice(1);
  return ["kubernetes", "auto", "secondary"].includes(name) ? args : undefined;
}
