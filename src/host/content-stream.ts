/** The content of a file, in parts. */
export type ContentStream = AsyncIterable<Uint8Array>;

/** Runs an action on a stream. What the stream throws reaches the caller as it is, whatever the action makes of it. */
export async function withStream<T>(
  content: ContentStream,
  action: (content: ContentStream) => Promise<T>,
): Promise<T> {
  let broken: { readonly error: unknown } | undefined;
  const watched = async function* () {
    try {
      yield* content;
    } catch (error) {
      broken = { error };
      throw error;
    }
  };
  try {
    return await action(watched());
  } catch (error) {
    throw broken === undefined ? error : broken.error;
  }
}
