/** The complete lines of a byte stream, decoded as UTF-8; what follows the last line break is given at the end. */
export async function* textLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of chunks) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
  rest += decoder.decode();
  if (rest !== "") yield rest;
}

/** The whole of a byte stream as text; `onTooLong` makes the error for more than `maxBytes` bytes. */
export async function wholeText(
  chunks: AsyncIterable<Uint8Array>,
  limit: { readonly maxBytes: number; readonly onTooLong: () => Error },
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > limit.maxBytes) throw limit.onTooLong();
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
