import { connect, createServer, type Socket } from "node:net";

interface Backend {
  readonly host: string;
  readonly port: number;
}

export interface Balancer extends AsyncDisposable {
  readonly port: number;
  /** Connections that a dead backend has ended. */
  readonly refused: number;
  /** Ends all connections, and every new one at once, until the returned function is called: no server is there. */
  cutOff(): () => void;
}

/** Passes each connection to the next of the backends in turn, dead or not, as a load balancer without health checks does. */
export async function startBalancer(backends: readonly [Backend, ...Backend[]]): Promise<Balancer> {
  const sockets = new Set<Socket>();
  const state = { next: 0, refused: 0, isCut: false };
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    keep(client);
    if (state.isCut) {
      client.destroy();
      return;
    }
    const backend = backends[state.next++ % backends.length] ?? backends[0];
    const upstream = connect(backend);
    keep(upstream);
    upstream.once("error", () => {
      state.refused += 1;
      client.destroy();
    });
    client.once("close", () => upstream.destroy());
    upstream.once("close", () => client.destroy());
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: "127.0.0.1", port: 0, backlog: 1024 }, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the balancer has no port");
  return {
    port: address.port,
    get refused() {
      return state.refused;
    },
    cutOff: () => {
      state.isCut = true;
      for (const socket of sockets) socket.destroy();
      return () => {
        state.isCut = false;
      };
    },
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
