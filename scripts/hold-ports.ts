import { createServer, type Server } from "node:net";

/** The ports of a Kubernetes node, such as on a machine that runs minikube, kind or k3s. */
const nodePorts = [2379, 2380, 6443, 10248, 10250, 10257, 10259];

/**
 * Listens on the ports of a Kubernetes node on all addresses, so that no test can need them; ports that are already
 * taken are fine.
 */
export async function holdNodePorts(): Promise<AsyncDisposable> {
  const servers = (await Promise.all(nodePorts.map(held))).filter((server) => server !== undefined);
  return {
    [Symbol.asyncDispose]: async () => {
      await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
    },
  };
}

function held(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", () => resolve(undefined));
    server.listen(port, "::", () => resolve(server.unref()));
  });
}
