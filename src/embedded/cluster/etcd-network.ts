import { createServer } from "node:http";
import {
  connect as connectHttp2,
  createSecureServer,
  type Http2SecureServer,
  type ServerHttp2Session,
} from "node:http2";
import { checkServerIdentity } from "node:tls";
import { abortable } from "../../async/signal.ts";
import type { EtcdCredentials, EtcdMember } from "../../etcd/etcd.ts";
import type { ComponentBehaviors } from "../components/component-behavior.ts";
import type { StorageBackend } from "../components/component-world.ts";
import { etcd, type StartingMember } from "../components/etcd.ts";
import type { EtcdCluster } from "../components/etcd-cluster.ts";
import { type ListenAddress, startListening } from "../components/start-listening.ts";
import { type ContainerProgram, ProgramFailure } from "../container-program.ts";
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

  program(place: NetworkPlace, behaviors: ComponentBehaviors): ContainerProgram {
    return etcd({ clusters: this.#clusters, behaviors, serve: (member) => this.#serve(member, place) });
  }

  /** Requests the health of the first endpoint that answers, with the client certificate; rejects if none answers. */
  async reach(place: NetworkPlace, { endpoints, credentials, signal }: EtcdReach): Promise<StorageBackend> {
    let failure: unknown = new Error("no endpoints");
    for (const endpoint of endpoints) {
      try {
        await requestHealth(endpoint, { place, credentials, signal });
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
      ALPNCallback: ({ protocols }: { readonly protocols: readonly string[] }) =>
        protocols.includes("h2") ? "h2" : "http/1.1",
    };
    await using stack = new AsyncDisposableStack();
    for (const url of flags.list("listen-client-urls")) {
      const { hostname, host, port } = new URL(carriedUrl(place, url));
      if (this.#listening.has(host)) continue;
      stack.use(await listening(createSecureServer(settings), { host: hostname, port: Number(port) }, member));
      this.#listening.set(host, member);
      stack.defer(() => void this.#listening.delete(host));
    }
    for (const url of flags.list("listen-metrics-urls")) {
      const { hostname, port } = new URL(carriedUrl(place, url));
      stack.use(await listeningForMetrics({ host: hostname, port: Number(port) }, member));
    }
    const kept = stack.move();
    return { [Symbol.asyncDispose]: () => kept.disposeAsync() };
  }
}

/** The health endpoints without TLS, which the probes of the Pod ask. */
async function listeningForMetrics(address: ListenAddress, { cluster }: StartingMember): Promise<AsyncDisposable> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://etcd");
    const isKnown = ["/health", "/livez", "/readyz"].includes(pathname);
    // A member without a leader is alive.
    const isHealthy = pathname === "/livez" || cluster.hasQuorum();
    response.statusCode = isKnown ? (isHealthy ? 200 : 503) : 404;
    response.end(isKnown && isHealthy ? "ok\n" : "");
  });
  return startListening(server, address, listenFailure);
}

/** Returns the answer to a request that is no call of etcd's API. */
function answerTo(
  path: string | undefined,
  { cluster, memberId }: StartingMember,
): { readonly status: number; readonly body: string } {
  switch (path) {
    case "/health": {
      const isHealthy = cluster.hasQuorum();
      return { status: isHealthy ? 200 : 503, body: JSON.stringify({ health: String(isHealthy), reason: "" }) };
    }
    case "/version": {
      const etcdserver = cluster.members.find(({ id }) => id === memberId)?.version;
      return { status: 200, body: JSON.stringify({ etcdserver, etcdcluster: `${cluster.clusterVersion}.0` }) };
    }
    default:
      return { status: 404, body: "" };
  }
}

async function listening(
  server: Http2SecureServer,
  address: ListenAddress,
  member: StartingMember,
): Promise<AsyncDisposable> {
  const sessions = new Set<ServerHttp2Session>();
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
    const { status, body } = answerTo(headers[":path"], member);
    stream.respond({ ":status": status });
    stream.end(body);
  });
  const http1 = createServer((request, response) => {
    const { status, body } = answerTo(request.url, member);
    response.writeHead(status, { "content-type": "application/json" }).end(body);
  });
  server.on("unknownProtocol", (socket) => http1.emit("connection", socket));
  const started = await startListening(server, address, listenFailure);
  return {
    [Symbol.asyncDispose]: async () => {
      for (const session of sessions) session.destroy();
      await started[Symbol.asyncDispose]();
    },
  };
}

function listenFailure(error: Error): ProgramFailure {
  return new ProgramFailure(error.message, error);
}

interface HealthQuestion {
  readonly place: NetworkPlace;
  readonly credentials: EtcdCredentials;
  readonly signal: AbortSignal;
}

async function requestHealth(endpoint: string, { place, credentials, signal }: HealthQuestion): Promise<void> {
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
