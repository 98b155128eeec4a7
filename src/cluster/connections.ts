import type { Secret } from "../errors/secret.ts";
import type { Events } from "../events/events.ts";
import { defined } from "../values/defined.ts";
import type { Cluster } from "./cluster.ts";
import { throughProxy } from "./proxied-transport.ts";
import { proxyFor, proxyText } from "./proxy.ts";
import { restCluster } from "./rest-cluster.ts";
import type { ConnectTransport, TlsSettings, TransportConnection } from "./transport.ts";

/** The client's identity. If nothing is set, it is system:anonymous. */
export interface Identity {
  readonly token?: Secret;
  readonly basicAuth?: { readonly username: string; readonly password: Secret };
  /** PEM. */
  readonly clientCertificate?: string;
  readonly clientKey?: Secret;
}

export interface ServerSettings {
  /** PEM bundle; undefined means the machine's own CAs. */
  readonly certificateAuthority?: string;
  readonly insecureSkipVerify?: boolean;
  readonly serverName?: string;
  /** URL of the proxy to use; the environment decides by default. */
  readonly proxy?: string;
}

export interface ConnectionsOptions {
  readonly connectTransport: ConnectTransport;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly userAgent: string;
  readonly events: Events;
  readonly monotonic: () => number;
  /** Called with the server's clock for every answer that includes it. */
  readonly onServerDate?: (date: Date) => void;
}

/** All the connections of one run. Clients with the same settings share a connection. */
export interface Connections {
  open(server: string, settings: ServerSettings, identity?: Identity): Cluster;
  /**
   * A bare connection with the same proxy rules, for servers other than the Kubernetes API; of an identity, only its
   * certificate is used.
   */
  transport(url: string, settings: ServerSettings, identity?: Identity): TransportConnection;
  close(): void;
}

export function connections(options: ConnectionsOptions): Connections {
  const pool = new Map<string, TransportConnection>();

  const proxyOf = (url: string, settings: ServerSettings) =>
    settings.proxy ?? proxyFor(new URL(url), options.environment)?.href;
  const transport = (url: string, settings: ServerSettings, identity: Identity = {}): TransportConnection => {
    const proxy = proxyOf(url, settings);
    const tls: TlsSettings = {
      ...settings,
      ...defined({ clientCertificate: identity.clientCertificate, clientKey: identity.clientKey, proxy }),
    };
    // The certificate identifies its key: the key itself must not become part of a long-lived string.
    const key = JSON.stringify({ ...tls, clientKey: undefined });
    const connection = pool.get(key) ?? connected(options.connectTransport(tls), proxy);
    pool.set(key, connection);
    return connection;
  };

  return {
    open: (server, settings, identity = {}) => {
      const proxy = proxyOf(server, settings);
      return restCluster({
        server: withoutTrailingSlashes(server),
        send: transport(server, settings, identity).send,
        ...defined({
          proxy: proxy === undefined ? undefined : proxyText(new URL(proxy)),
          token: identity.token,
          basicAuth: identity.basicAuth,
        }),
        userAgent: options.userAgent,
        monotonic: options.monotonic,
        onRequest: ({ serverDate, ...report }) => {
          options.events.emit("request.finished", report);
          if (serverDate !== undefined) options.onServerDate?.(serverDate);
        },
        onFailure: (failure) => options.events.emit("request.failed", failure),
        onChange: (change) => options.events.emit("object.changed", change),
      });
    },
    transport,
    close: () => {
      for (const connection of pool.values()) connection.close();
      pool.clear();
    },
  };
}

function connected(connection: TransportConnection, proxy: string | undefined): TransportConnection {
  return proxy === undefined ? connection : throughProxy(connection, proxy);
}

/**
 * Does not use a regular expression, which would take time quadratic in the number of slashes: the URL may come from a
 * cluster.
 */
function withoutTrailingSlashes(url: string): string {
  let end = url.length;
  while (end > 0 && url[end - 1] === "/") end--;
  return url.slice(0, end);
}
