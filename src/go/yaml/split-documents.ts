/** One of the documents of a configuration file. */
export interface YamlDocument {
  readonly text: string;
  /** Lines of the file before the text: add it to line numbers within the text. */
  readonly linesBefore: number;
  /**
   * It is the file's first document and follows a separator, which Kubernetes' reader keeps as part of it: it does not
   * begin with a brace.
   */
  readonly followsSeparator: boolean;
}

/** A line that begins with `---` and continues with anything other than whitespace or a comment. */
export class SeparatorError extends Error {
  /** Counted from 1. */
  readonly line: number;

  constructor(rest: string, line: number) {
    super(`invalid Yaml document separator: ${rest}`);
    this.name = "SeparatorError";
    this.line = line;
  }
}

/**
 * Splits a file at lines that begin with `---`, as Kubernetes' readers do. A separator at the very start or the very
 * end makes no document; an empty file has none.
 */
export function splitDocuments(text: string): readonly YamlDocument[] {
  const documents: YamlDocument[] = [];
  const lines = text.split(/(?<=\n)/);
  let current = "";
  let linesBefore = 0;
  const document = (content: string) => ({
    // Kubernetes' reader terminates each line.
    text: content === "" || content.endsWith("\n") ? content : `${content}\n`,
    linesBefore,
    followsSeparator: documents.length === 0 && linesBefore > 0,
  });
  for (const [index, line] of lines.entries()) {
    if (!line.startsWith("---")) {
      current += line;
      continue;
    }
    const rest = line.slice(3).trim();
    if (rest !== "" && !rest.startsWith("#")) throw new SeparatorError(rest, index + 1);
    if (current !== "") documents.push(document(current));
    else if (index > 0) documents.push(document(""));
    current = "";
    linesBefore = index + 1;
  }
  // If nothing follows the separator at the very start, it is a document, an empty one.
  if (current !== "" || (documents.length === 0 && linesBefore > 0)) documents.push(document(current));
  return documents;
}
