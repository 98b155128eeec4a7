export type SocketAddress = { readonly path: string } | { readonly host: string; readonly port: number };

/** A connected stream of bytes. */
export interface ByteSocket {
  readonly destroyed: boolean;
  /**
   * Sends in the order of the calls; buffers what the other side does not accept yet. Nothing is sent after it is
   * closed.
   */
  write(bytes: Uint8Array): void;
  /** Call it once; it also receives what arrived before the call. */
  listen(listener: ByteListener): void;
  destroy(): void;
}

export interface ByteListener {
  onData(bytes: Uint8Array): void;
  /** Called once, after all data; with the error that broke the connection. */
  onClose(error?: Error): void;
}

/** Holds back the events of a socket until there is a listener. */
export function heldListener(): ByteListener & { listen(listener: ByteListener): void } {
  let listener: ByteListener | undefined;
  const held: Uint8Array[] = [];
  let end: { readonly error: Error | undefined } | undefined;
  return {
    onData: (bytes) => (listener === undefined ? held.push(bytes) : listener.onData(bytes)),
    onClose: (error) => {
      if (end !== undefined) return;
      end = { error };
      listener?.onClose(error);
    },
    listen: (given) => {
      listener = given;
      for (const bytes of held.splice(0)) given.onData(bytes);
      if (end !== undefined) given.onClose(end.error);
    },
  };
}
