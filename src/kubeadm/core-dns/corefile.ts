/** Words of a Corefile that stand together, and where they are in the text. */
interface Extent {
  readonly position: number;
  /** Behind the last character. */
  readonly end: number;
}

/** A line of a Corefile within a plugin's braces. */
export interface CorefileOption extends Extent {
  readonly name: string;
  /** The other words of its line. */
  readonly args: readonly string[];
}

/** A plugin of a server block: its line and, if it has braces, what is between them. */
export interface CorefilePlugin extends Extent {
  readonly name: string;
  readonly args: readonly string[];
  readonly options: readonly CorefileOption[];
}

/** A server block. */
export interface CorefileServer {
  readonly plugins: readonly CorefilePlugin[];
}

interface Token extends Extent {
  readonly text: string;
  readonly line: number;
  /** A quoted word may contain line breaks. */
  readonly lastLine: number;
}

interface Line {
  readonly name: string;
  readonly args: string[];
  readonly position: number;
  end: number;
}

/**
 * Returns the server blocks of a Corefile, in order. Reads words, quotes, comments and braces as CoreDNS' own lexer does.
 * In linear time: anyone who can edit a ConfigMap controls the input.
 */
export function corefileServers(text: string): readonly CorefileServer[] {
  const servers: { readonly plugins: (Line & { readonly options: Line[] })[] }[] = [];
  let depth = 0;
  let line = 0;
  let current: Line | undefined;
  for (const token of tokens(text)) {
    const plugin = servers.at(-1)?.plugins.at(-1);
    if (token.text === "{" || token.text === "}") {
      if (depth === 0 && token.text === "{") servers.push({ plugins: [] });
      if (depth === 2 && token.text === "}" && plugin !== undefined) plugin.end = token.end;
      depth += token.text === "{" ? 1 : -1;
      line = 0;
      current = undefined;
      continue;
    }
    const isFirst = token.line !== line;
    line = token.lastLine;
    if (!isFirst) {
      current?.args.push(token.text);
      if (current !== undefined) current.end = token.end;
      continue;
    }
    current = { name: token.text, args: [], position: token.position, end: token.end };
    if (depth === 1) {
      const begun = { ...current, options: [] };
      current = begun;
      servers.at(-1)?.plugins.push(begun);
    } else if (depth === 2) plugin?.options.push(current);
  }
  return servers;
}

/** A quoted word, a comment, or a word: a `#` ends a word and begins a comment wherever it is. */
const piece = /"((?:\\[\s\S]|[^"\\])*)"?|#[^\n]*|[^\s#"][^\s#]*|\n/g;

function* tokens(corefile: string): Generator<Token> {
  let line = 1;
  for (const match of corefile.matchAll(piece)) {
    const [whole, quoted] = match;
    if (whole === "\n") line += 1;
    else if (!whole.startsWith("#")) {
      const lastLine = line + whole.split("\n").length - 1;
      const text = quoted === undefined ? whole : quoted.replaceAll('\\"', '"');
      yield { text, position: match.index, end: match.index + whole.length, line, lastLine };
      line = lastLine;
    }
  }
}
