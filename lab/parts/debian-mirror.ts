import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

export interface DebianMirror {
  readonly uri: string;
  readonly suite: string;
}

/** Reads the machine's own mirror from its apt sources: the lab does not contain the address of one. */
export async function readDebianMirror(etc = "/etc"): Promise<DebianMirror> {
  const suite = /^VERSION_CODENAME="?(\w+)/m.exec(await readFile(join(etc, "os-release"), "utf8"))?.[1];
  if (suite === undefined) throw new Error(`${etc}/os-release names no VERSION_CODENAME: the lab runs on Debian`);
  for (const text of await readSources(join(etc, "apt"))) {
    const uri = findMirror(text, suite);
    if (uri !== undefined) return { uri, suite };
  }
  throw new Error(`the apt sources in ${etc}/apt have no mirror for the suite ${suite}`);
}

async function readSources(apt: string): Promise<string[]> {
  const folder = join(apt, "sources.list.d");
  const names = await readdir(folder).catch((): string[] => []);
  const files = names.filter((name) => /\.(list|sources)$/.test(name)).sort();
  const texts = [join(apt, "sources.list"), ...files.map((name) => join(folder, name))].map((file) =>
    readFile(file, "utf8").catch(() => ""),
  );
  return Promise.all(texts);
}

/** Parses both formats: one line for each source, and stanzas of fields. */
export function findMirror(text: string, suite: string): string | undefined {
  for (const line of text.split("\n")) {
    const match = /^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(.+)$/.exec(line.trim());
    if (match?.[1] !== undefined && match[2] === suite && hasMain(match[3])) return match[1];
  }
  for (const stanza of text.split(/\n\s*\n/)) {
    const field = (name: string): string[] =>
      new RegExp(`^${name}:[ \\t]*(.+)$`, "mi").exec(stanza)?.[1]?.trim().split(/\s+/) ?? [];
    const [uri] = field("URIs");
    if (uri !== undefined && field("Types").includes("deb") && field("Suites").includes(suite)) {
      if (hasMain(field("Components").join(" "))) return uri;
    }
  }
  return undefined;
}

function hasMain(components: string | undefined): boolean {
  return components?.split(/\s+/).includes("main") ?? false;
}
