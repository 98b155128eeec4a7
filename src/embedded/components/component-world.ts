import type { ConnectTransport } from "../../cluster/transport.ts";
import type { EtcdCredentials } from "../../etcd/etcd.ts";
import type { ApiServer, Storage } from "../control-plane/index.ts";
import type { NetworkPlace } from "../network/loopback-network.ts";

/** What is stored in an etcd, and whether it can be had just now. */
export interface StorageBackend {
  readonly storage: Storage;
  /** Why etcd gives no answer; undefined while it does. */
  failure(): string | undefined;
}

/** What the components of one machine's control plane stand on. */
export interface ComponentWorld {
  readonly place: NetworkPlace;
  readonly connectTransport: ConnectTransport;
  /** Rejects where no member behind the endpoints answers. */
  reachEtcd(endpoints: readonly string[], credentials: EtcdCredentials, signal: AbortSignal): Promise<StorageBackend>;
  /** The storage behind an API server's URL, as far as an API server of this process listens there. */
  storageOf(url: string): Storage | undefined;
  /** To be told of a server that serves; the result takes it back. */
  serves(server: ApiServer): () => void;
  /** Milliseconds from the start of a component to its doing anything. */
  readonly startDelayMs: number;
}
