/** A line of a Corefile within a plugin's braces, and where its first word is in the text. */
export interface CorefileOption {
  readonly name: string;
  readonly position: number;
}

export interface CorefilePlugin {
  readonly name: string;
  readonly options: readonly CorefileOption[];
}

interface Token {
  readonly text: string;
  readonly position: number;
  readonly line: number;
  /** A quoted word may contain line breaks. */
  readonly lastLine: number;
}

/**
 * Returns the plugins of all server blocks of a Corefile, in order. Reads words, quotes, comments and braces as CoreDNS'
 * own lexer does; what follows a plugin's or an option's name on its line is not read.
 */
export function corefilePlugins(text: string): readonly CorefilePlugin[] {
  const plugins: { readonly name: string; readonly options: CorefileOption[] }[] = [];
  let depth = 0;
  let line = 0;
  for (const token of tokens(text)) {
    if (token.text === "{" || token.text === "}") {
      depth += token.text === "{" ? 1 : -1;
      line = 0;
      continue;
    }
    const isFirst = token.line !== line;
    line = token.lastLine;
    if (!isFirst) continue;
    if (depth === 1) plugins.push({ name: token.text, options: [] });
    if (depth === 2) plugins.at(-1)?.options.push({ name: token.text, position: token.position });
  }
  return plugins;
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
      yield { text, position: match.index, line, lastLine };
      line = lastLine;
    }
  }
}
