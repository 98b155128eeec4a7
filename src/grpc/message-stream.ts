import { abortReason, throwIfAborted } from "../async/signal.ts";
import { started } from "../async/started.ts";
import { byteCollector } from "./byte-collector.ts";
import { GrpcError } from "./status.ts";

export interface MessageStreamOptions {
  readonly signal: AbortSignal;
  /** Milliseconds until the first message, and from one message to the next. */
  readonly idleTimeoutMs: number;
  /**
   * Makes the call: passes on the parts of the answer's body, one after the other, and resolves at its successful end.
   * Rejects with GrpcError, or the signal's reason.
   */
  readonly exchange: (receive: (part: Uint8Array) => Promise<void>, signal: AbortSignal) => Promise<void>;
}

/** Maximum size of a message, same as of a unary answer. */
const maxMessageBytes = 16 * 1024 * 1024;
const prefixBytes = 5;

/** The messages of an answer. A part of its body counts as received when the caller has taken all messages in it. */
export async function* messagesOf({
  signal,
  idleTimeoutMs,
  exchange,
}: MessageStreamOptions): AsyncGenerator<Uint8Array> {
  throwIfAborted(signal);
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const inbox = messageInbox();
  const call = started(exchange(inbox.receive, either).then(inbox.end, inbox.fail));
  try {
    for (;;) {
      const message = await inTime(inbox.next(), idleTimeoutMs, signal);
      if (message === undefined) return;
      yield message;
    }
  } finally {
    over.abort();
    inbox.discard();
    await call;
  }
}

async function inTime<T>(next: Promise<T>, idleTimeoutMs: number, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new GrpcError("DeadlineExceeded", "context deadline exceeded")), idleTimeoutMs);
  const onAbort = () => reject(abortReason(signal));
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([next, promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}

/** Messages between the connection, which brings parts of any size, and the caller, who takes one after the other. */
function messageInbox() {
  const messages: Uint8Array[] = [];
  const body = messageBoundaries();
  let taken = Promise.withResolvers<void>();
  let arrived = Promise.withResolvers<void>();
  let ending: { readonly failure?: unknown } | undefined;
  let isDiscarded = false;

  const finish = (end: { readonly failure?: unknown }) => {
    ending ??= end;
    arrived.resolve();
  };
  return {
    receive: async (part: Uint8Array) => {
      if (isDiscarded) return;
      messages.push(...body.split(part));
      if (messages.length === 0) return;
      arrived.resolve();
      await taken.promise;
    },
    end: () =>
      finish(
        body.isComplete() ? {} : { failure: new GrpcError("Internal", "the response ends in the middle of a message") },
      ),
    fail: (failure: unknown) => finish({ failure }),
    /** Returns the next message; undefined at the end of the answer. */
    next: async (): Promise<Uint8Array | undefined> => {
      for (;;) {
        const message = messages.shift();
        if (message !== undefined) return message;
        taken.resolve();
        taken = Promise.withResolvers();
        if (ending !== undefined) {
          if ("failure" in ending) throw ending.failure;
          return undefined;
        }
        await arrived.promise;
        arrived = Promise.withResolvers();
      }
    },
    /** Accepts and drops whatever still arrives. */
    discard: () => {
      isDiscarded = true;
      messages.length = 0;
      taken.resolve();
    },
  };
}

/** Splits a body that arrives in parts into its messages. */
function messageBoundaries() {
  let pending = byteCollector();
  return {
    isComplete: () => pending.length === 0,
    split: (part: Uint8Array): readonly Uint8Array[] => {
      pending.add(part);
      const messages: Uint8Array[] = [];
      const bytes = pending.bytes();
      let at = 0;
      while (bytes.length - at >= prefixBytes) {
        if (bytes[at] !== 0) throw new GrpcError("Internal", "the response is compressed, which was not offered");
        const length = new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(1);
        if (length > maxMessageBytes) {
          const description = `grpc: received message larger than max (${length} vs. ${maxMessageBytes})`;
          throw new GrpcError("ResourceExhausted", description);
        }
        const end = at + prefixBytes + length;
        if (end > bytes.length) break;
        messages.push(bytes.slice(at + prefixBytes, end));
        at = end;
      }
      if (at > 0) {
        const rest = bytes.slice(at);
        pending = byteCollector();
        pending.add(rest);
      }
      return messages;
    },
  };
}
