/** The limit of a reader, checked while it reads; `onTooLong` returns the error for a longer text. */
export interface SizeLimit {
  readonly maxBytes: number;
  readonly onTooLong: () => Error;
}

/**
 * Yields the complete lines of a byte stream, decoded as UTF-8; text after the last line break comes at the end. The
 * limit applies to one line.
 */
export async function* textLines(chunks: AsyncIterable<Uint8Array>, limit: SizeLimit): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let parts: string[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    const text = decoder.decode(chunk, { stream: true });
    let from = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", from)) {
      parts.push(text.slice(from, end));
      yield parts.join("");
      parts = [];
      bytes = 0;
      from = end + 1;
    }
    parts.push(text.slice(from));
    bytes += from === 0 ? chunk.length : text.length - from;
    if (bytes > limit.maxBytes) throw limit.onTooLong();
  }
  const rest = parts.join("") + decoder.decode();
  if (rest !== "") yield rest;
}

/** Returns the whole byte stream as text. */
export async function wholeText(chunks: AsyncIterable<Uint8Array>, limit: SizeLimit): Promise<string> {
  const decoder = new TextDecoder();
  const parts: string[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > limit.maxBytes) throw limit.onTooLong();
    parts.push(decoder.decode(chunk, { stream: true }));
  }
  return parts.join("") + decoder.decode();
}
