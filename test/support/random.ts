/** Numbers that are the same for the same seed (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 up to, but not, 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let value = this.#state;
    value = Math.imul(value ^ (value >>> 15), value | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  }

  pick<T>(items: readonly [T, ...T[]] | readonly T[]): T {
    const item = items[Math.floor(this.next() * items.length)];
    if (item === undefined) throw new Error("there is nothing to pick from");
    return item;
  }

  /** So many of the items, each at most once, in their order. */
  some<T>(items: readonly T[], count: number): readonly T[] {
    const left = items.map((item, index) => ({ item, index, rank: this.next() }));
    return left
      .sort((a, b) => a.rank - b.rank)
      .slice(0, count)
      .sort((a, b) => a.index - b.index)
      .map(({ item }) => item);
  }
}

/** The seed of a run on real Kubernetes: KUBEADM_SEED makes the moments of an earlier run again. */
export const seed = Number(process.env["KUBEADM_SEED"] ?? Date.now() % 1_000_000);
