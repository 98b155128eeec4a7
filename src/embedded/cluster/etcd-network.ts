import {
  connect as connectHttp2,
  createSecureServer,
  type Http2SecureServer,
  type ServerHttp2Session,
} from "node:http2";
import { checkServerIdentity } from "node:tls";
import { abortable } from "../../async/signal.ts";
import { messageOf } from "../../errors/kubeadm-error.ts";
import type { EtcdCredentials, EtcdMember } from "../../etcd/etcd.ts";
import type { StorageBackend } from "../components/component-world.ts";
import { etcd, type StartingMember } from "../components/etcd.ts";
import type { EtcdCluster } from "../components/etcd-cluster.ts";
import { type ContainerProgram, ProgramFailure } from "../container-program.ts";
import { trackedConnections } from "../control-plane/tracked-connections.ts";
import { isEtcdCall, serveEtcdCall } from "../etcd/serve-etcd.ts";
import { carriedUrl, type NetworkPlace } from "../network/loopback-network.ts";

export interface EtcdReach {
  readonly endpoints: readonly string[];
  readonly credentials: EtcdCredentials;
  readonly signal: AbortSignal;
}

/** The etcd members of all machines, and where they listen. */
export class EtcdNetwork {
  readonly #clusters = new Map<string, EtcdCluster>();
  /** By the host and port that carry a client URL. */
  readonly #listening = new Map<string, StartingMember>();

  program(place: NetworkPlace, startDelayMs: number): ContainerProgram {
    return etcd({ clusters: this.#clusters, startDelayMs, serve: (member) => this.#serve(member, place) });
  }

  /** Requests the health of the first endpoint that answers, with the client certificate; rejects if none answers. */
  async reach(place: NetworkPlace, { endpoints, credentials, signal }: EtcdReach): Promise<StorageBackend> {
    let failure: unknown = new Error("no endpoints");
    for (const endpoint of endpoints) {
      try {
        await askHealth(endpoint, { place, credentials, signal });
        const host = new URL(carriedUrl(place, endpoint)).host;
        const member = this.#listening.get(host);
        if (member !== undefined) return this.#backend(host, member.cluster);
      } catch (error) {
        signal.throwIfAborted();
        failure = error;
      }
    }
    throw failure;
  }

  /** The cluster of a running member; none while no member runs. */
  members(): readonly EtcdMember[] {
    return [...this.#listening.values()][0]?.cluster.members ?? [];
  }

  #backend(host: string, cluster: EtcdCluster): StorageBackend {
    const failure = () => {
      const member = this.#listening.get(host);
      if (member?.cluster !== cluster) return `dial tcp ${host}: connect: connection refused`;
      return cluster.hasQuorum() ? undefined : "etcdserver: no leader";
    };
    return { storage: cluster.storage, failure };
  }

  async #serve(member: StartingMember, place: NetworkPlace): Promise<AsyncDisposable> {
    const { flags, container } = member;
    for (const flag of ["peer-cert-file", "peer-key-file", "peer-trusted-ca-file"]) flags.file(flag, container);
    const settings = {
      cert: flags.file("cert-file", container),
      key: flags.file("key-file", container),
      ca: flags.file("trusted-ca-file", container),
      requestCert: true,
      rejectUnauthorized: flags.get("client-cert-auth") === "true",
    };
    await using stack = new AsyncDisposableStack();
    for (const url of flags.list("listen-client-urls")) {
      const { hostname, host, port } = new URL(carriedUrl(place, url));
      if (this.#listening.has(host)) continue;
      stack.use(await listening(createSecureServer(settings), { host: hostname, port: Number(port) }, member));
      this.#listening.set(host, member);
      stack.defer(() => void this.#listening.delete(host));
    }
    const kept = stack.move();
    return { [Symbol.asyncDispose]: () => kept.disposeAsync() };
  }
}

async function listening(
  server: Http2SecureServer,
  address: { readonly host: string; readonly port: number },
  member: StartingMember,
): Promise<AsyncDisposable> {
  const sessions = new Set<ServerHttp2Session>();
  const connections = trackedConnections(server);
  server.on("session", (session) => {
    sessions.add(session);
    session.on("close", () => sessions.delete(session));
    session.on("error", () => session.destroy());
  });
  server.on("stream", (stream, headers) => {
    stream.on("error", () => undefined);
    if (isEtcdCall(headers)) {
      void serveEtcdCall(stream, headers, { membership: member.cluster, memberId: member.memberId });
      return;
    }
    const isHealthy = member.cluster.hasQuorum();
    stream.respond({ ":status": headers[":path"] === "/health" ? (isHealthy ? 200 : 503) : 404 });
    stream.end(JSON.stringify({ health: String(isHealthy), reason: "" }));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(new ProgramFailure(messageOf(error), error)));
    server.listen({ ...address, exclusive: true }, resolve);
  });
  return {
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const session of sessions) session.destroy();
      connections.destroy();
      await closed;
    },
  };
}

interface HealthQuestion {
  readonly place: NetworkPlace;
  readonly credentials: EtcdCredentials;
  readonly signal: AbortSignal;
}

async function askHealth(endpoint: string, { place, credentials, signal }: HealthQuestion): Promise<void> {
  const { hostname } = new URL(endpoint);
  const session = connectHttp2(carriedUrl(place, endpoint), {
    ca: credentials.certificateAuthority,
    cert: credentials.clientCertificate,
    key: credentials.clientKey.reveal(),
    checkServerIdentity: (_host, certificate) => checkServerIdentity(hostname, certificate),
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  session.once("error", reject);
  const stream = session.request({ ":path": "/health" });
  stream.once("error", reject);
  stream.once("response", (headers) => {
    if (headers[":status"] === 200) resolve();
    else reject(new Error("etcdserver: no leader"));
  });
  try {
    await abortable(promise, signal);
  } finally {
    session.destroy();
  }
}
