/**
 * Collects bytes that arrive in parts of any size in one piece of memory: many small parts cost no more than a large
 * one.
 */
export interface ByteCollector {
  readonly length: number;
  add(part: Uint8Array): void;
  /** All of them; valid until the next `add`. */
  bytes(): Uint8Array;
}

const firstCapacity = 1_024;

export function byteCollector(): ByteCollector {
  let memory = new Uint8Array(0);
  let length = 0;
  return {
    get length() {
      return length;
    },
    add: (part) => {
      if (length + part.length > memory.length) {
        const grown = new Uint8Array(Math.max(firstCapacity, memory.length * 2, length + part.length));
        grown.set(memory.subarray(0, length));
        memory = grown;
      }
      memory.set(part, length);
      length += part.length;
    },
    bytes: () => memory.subarray(0, length),
  };
}
