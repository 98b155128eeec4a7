// A TCP load balancer over API servers, as its own process: only a process can be in the network of the lab's hosts.
// It works as kubeadm's documentation configures HAProxy: a server is out after three failed checks, and in again after two
// that passed; a connection that one server refuses goes to the next one. Says when it listens; ends with its standard input.
import { request } from "node:https";
import { createServer, connect as dial, type Socket } from "node:net";

const [host = "127.0.0.1", ...addresses] = process.argv.slice(2);
const port = 6443;

const checkEveryMs = 2_000;
const failuresToLeave = 3;
const passesToReturn = 2;
const connectMs = 5_000;

interface Server {
  readonly address: string;
  isUsed: boolean;
  /** Checks in a row that speak for a change. */
  contrary: number;
}

const servers: readonly Server[] = addresses.map((address) => ({ address, isUsed: false, contrary: 0 }));
let turn = 0;

function isReady({ address }: Server): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { host: address, port, path: "/readyz", rejectUnauthorized: false, agent: false } as const;
    const check = request({ ...options, timeout: checkEveryMs }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    check.on("timeout", () => check.destroy(new Error("no answer in time")));
    check.on("error", () => resolve(false));
    check.end();
  });
}

async function check(server: Server): Promise<void> {
  const passed = await isReady(server);
  server.contrary = passed === server.isUsed ? 0 : server.contrary + 1;
  if (server.contrary < (passed ? passesToReturn : failuresToLeave)) return;
  server.isUsed = passed;
  server.contrary = 0;
}

for (const server of servers) setInterval(() => void check(server), checkEveryMs);

/** Round robin. A server that is out gets connections only while no other is in. */
function candidates(): readonly Server[] {
  turn += 1;
  const used = servers.filter(({ isUsed }) => isUsed);
  const chosen = used.length > 0 ? used : servers;
  const first = turn % chosen.length;
  return [...chosen.slice(first), ...chosen.slice(0, first)];
}

/** Returns a connection to the server; undefined if it refuses. */
function reach({ address }: Server): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = dial({ host: address, port, allowHalfOpen: true });
    const refused = () => {
      socket.destroy();
      resolve(undefined);
    };
    const late = setTimeout(refused, connectMs);
    socket.once("error", refused);
    socket.once("connect", () => {
      clearTimeout(late);
      socket.off("error", refused);
      resolve(socket);
    });
  });
}

async function forward(client: Socket): Promise<void> {
  client.on("error", () => client.destroy());
  for (const server of candidates()) {
    const upstream = await reach(server);
    if (upstream === undefined) continue;
    upstream.on("error", () => client.destroy());
    upstream.on("close", () => client.destroySoon());
    client.on("close", () => upstream.destroySoon());
    if (client.destroyed) upstream.destroy();
    client.pipe(upstream).pipe(client);
    return;
  }
  client.destroy();
}

const balancer = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => void forward(client));
balancer.listen(port, host, () => console.log("listening"));
process.stdin.resume().on("end", () => process.exit());
