/** Plain sockets of this machine. There is an adapter for each runtime; both pass one contract. */
export interface Sockets {
  /** Rejects with the system's error, which carries an errno name as `code`, or with the signal's reason. */
  connect(address: SocketAddress, signal: AbortSignal): Promise<ByteSocket>;
  /** Whether a listener could be opened on the TCP port: on this address, or on all of them. */
  canListen(port: number, address?: string): Promise<boolean>;
}

export type SocketAddress = { readonly path: string } | { readonly host: string; readonly port: number };

/** A connected stream of bytes. */
export interface ByteSocket {
  readonly destroyed: boolean;
  /** Sends in the order of the calls; what the other side does not take yet is kept. Nothing is sent once it is closed. */
  write(bytes: Uint8Array): void;
  /** To be called once; what came before the call is told then. */
  listen(listener: ByteListener): void;
  destroy(): void;
}

export interface ByteListener {
  onData(bytes: Uint8Array): void;
  /** Told once, after all data; with the error that broke the connection. */
  onClose(error?: Error): void;
}

/** Holds back what happens on a socket until somebody listens. */
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
