import { connect, createServer, type Socket } from "node:net";

export interface LoadBalancer extends AsyncDisposable {
  /** Connections so far that a server accepted. */
  readonly connections: number;
}

export interface LoadBalancerOptions {
  readonly host: string;
  readonly port: number;
  /** Addresses of possible servers, best first; read again for each connection. */
  readonly servers: () => readonly { readonly host: string; readonly port: number }[];
}

/** Forwards every TCP connection to the first server that accepts it; if none does, it closes the connection. */
export async function startLoadBalancer(options: LoadBalancerOptions): Promise<LoadBalancer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => sockets.delete(socket));
  };
  const server = createServer({ pauseOnConnect: true }, (client) => {
    keep(client);
    const pass = (rest: ReturnType<LoadBalancerOptions["servers"]>) => {
      const [first, ...others] = rest;
      if (first === undefined || client.destroyed) {
        client.destroy();
        return;
      }
      const upstream = connect(first);
      const next = () => pass(others);
      upstream.once("error", next);
      upstream.once("connect", () => {
        upstream.off("error", next);
        keep(upstream);
        connections += 1;
        client.once("close", () => upstream.destroy());
        upstream.once("close", () => client.destroy());
        client.pipe(upstream).pipe(client);
        client.resume();
      });
    };
    pass(options.servers());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: options.host, port: options.port, exclusive: true }, resolve);
  });
  return {
    get connections() {
      return connections;
    },
    [Symbol.asyncDispose]: async () => {
      const ended = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await ended;
    },
  };
}
