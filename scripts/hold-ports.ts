import { createServer, type Server } from "node:net";

/** The ports of a Kubernetes node, such as on a machine that runs minikube, kind or k3s. */
const nodePorts = [2379, 2380, 6443, 10248, 10250, 10257, 10259];

let holders = 0;
let servers: Promise<readonly Server[]> = Promise.resolve([]);

/**
 * Listens on the ports of a Kubernetes node on all addresses, so that no test can need them, until the last of those who hold
 * them is disposed of; ports that are already taken are fine.
 */
export async function holdNodePorts(): Promise<AsyncDisposable> {
  holders += 1;
  if (holders === 1) servers = openAll();
  await servers;
  return {
    [Symbol.asyncDispose]: async () => {
      holders -= 1;
      if (holders > 0) return;
      await Promise.all((await servers).map((server) => new Promise((closed) => server.close(closed))));
    },
  };
}

async function openAll(): Promise<readonly Server[]> {
  return (await Promise.all(nodePorts.map(held))).filter((server) => server !== undefined);
}

function held(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", () => resolve(undefined));
    server.listen(port, "::", () => resolve(server.unref()));
  });
}
