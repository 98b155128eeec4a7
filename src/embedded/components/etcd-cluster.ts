import { randomBytes } from "node:crypto";
import { Storage } from "../control-plane/index.ts";
import { EtcdMembership } from "../etcd/membership.ts";

/** How long a learner copies the stored data. */
const syncMs = 30;

/** The etcd members that share one storage. */
export class EtcdCluster extends EtcdMembership {
  /** 64 bits in hexadecimal. */
  readonly id = randomBytes(8).toString("hex");
  readonly storage = new Storage(() => new Date());
  readonly #removals = new Map<string, () => void>();

  constructor() {
    super({ syncMs });
  }

  override remove(id: string): void {
    super.remove(id);
    this.#removals.get(id)?.();
  }

  /** Calls back when the member is removed. The result unregisters the callback. */
  onRemoved(id: string, listener: () => void): () => void {
    this.#removals.set(id, listener);
    return () => this.#removals.delete(id);
  }
}
