import type { ConnectTransport } from "../../cluster/transport.ts";
import type { EtcdCredentials } from "../../etcd/etcd.ts";
import type { ApiServer, Storage } from "../control-plane/index.ts";
import type { NetworkPlace } from "../network/loopback-network.ts";
import type { ComponentBehaviors } from "./component-behavior.ts";

/** The objects that are stored in an etcd, and whether they are available. */
export interface StorageBackend {
  readonly storage: Storage;
  /** Why etcd does not respond; undefined while it does. */
  failure(): string | undefined;
}

/** What the components of one machine's control plane depend on. */
export interface ComponentWorld {
  readonly place: NetworkPlace;
  readonly connectTransport: ConnectTransport;
  /** Rejects if no member behind the endpoints answers. */
  reachEtcd(endpoints: readonly string[], credentials: EtcdCredentials, signal: AbortSignal): Promise<StorageBackend>;
  /** Returns the storage behind an API server's URL, if an API server of this process listens there. */
  storageOf(url: string): Storage | undefined;
  /** Registers a server that is ready; the result removes it again. */
  serves(server: ApiServer): () => void;
  /** How components differ from working ones. */
  readonly behaviors: ComponentBehaviors;
}
