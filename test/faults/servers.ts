// Servers that a join may meet instead of the API server that it was told of.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer as createHttpServer, type IncomingMessage, type RequestListener } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { generateKeys, privateKeyPem } from "../../src/pki/keys.ts";
import { createCertificateAuthority, issueCertificate } from "../../src/pki/x509.ts";

export interface MetServer extends AsyncDisposable {
  /** host:port */
  readonly endpoint: string;
}

const address = "127.0.0.1";

/** Takes connections and never says a word: an API server that hangs before TLS. */
export async function mute(): Promise<MetServer> {
  return served(createServer(() => undefined));
}

/** A proxy that opens no tunnels, as one does that wants a password or has a list of the servers it leads to. */
export async function refusingProxy(status: string): Promise<MetServer> {
  const server = createHttpServer();
  server.on("connect", (_request, socket) => {
    socket.on("error", () => undefined);
    socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`);
  });
  return served(server);
}

/** Takes connections and closes them immediately: a load balancer without a living backend. */
export async function hangingUp(): Promise<MetServer> {
  return served(createServer((socket) => socket.destroy()));
}

/** Speaks HTTP where TLS is expected. */
export async function plainHttp(): Promise<MetServer> {
  return served(createHttpServer((_request, response) => response.end("<html>hello</html>")));
}

export interface Serving {
  readonly answer: RequestListener;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly names?: readonly string[];
}

const dayMs = 24 * 3_600_000;

/** A web server with TLS, its certificate of a CA that no one knows. */
export async function website(serving: Serving): Promise<MetServer & { readonly caCertificatePem: string }> {
  const { notBefore = new Date(Date.now() - dayMs), notAfter = new Date(Date.now() + dayMs) } = serving;
  const [caKeys, keys] = await Promise.all([generateKeys("ECDSA-P256"), generateKeys("ECDSA-P256")]);
  const ca = await createCertificateAuthority({
    commonName: "someone else's CA",
    keys: caKeys,
    notBefore: new Date(Date.now() - 10 * dayMs),
    notAfter: new Date(Date.now() + 10 * dayMs),
  });
  const cert = await issueCertificate({
    ca,
    subject: { commonName: "website" },
    publicKey: keys.publicKey,
    notBefore,
    notAfter,
    keyUsages: ["digital signature"],
    extendedKeyUsages: ["server auth"],
    ...(serving.names === undefined ? { ipAddresses: [address] } : { dnsNames: serving.names }),
  });
  const server = await served(createHttpsServer({ cert, key: privateKeyPem(keys.privateKey) }, serving.answer));
  return { ...server, caCertificatePem: ca.certificatePem };
}

/**
 * Never takes a connection, and its queue of those that wait is full: SYN packets go unanswered, as behind a firewall that
 * drops them.
 */
export async function blackHole(): Promise<MetServer> {
  const script = `require("node:net").createServer().listen({ port: 0, host: "${address}", backlog: 1 }, function () {
    process.stdout.write(String(this.address().port));
  })`;
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "ignore"] });
  const [port] = (await once(child.stdout, "data")) as [Buffer];
  child.kill("SIGSTOP");
  const waiting = Array.from({ length: 6 }, () => connect(Number(port), address).on("error", () => undefined));
  await new Promise((resolve) => setTimeout(resolve, 50));
  return {
    endpoint: `${address}:${port}`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of waiting) socket.destroy();
      child.kill("SIGKILL");
      await once(child, "close");
    },
  };
}

/** A proxy that leads to one server, whatever it is asked for. */
export async function proxyTo(endpoint: string): Promise<MetServer> {
  const { hostname, port } = new URL(`https://${endpoint}`);
  const proxy = createHttpServer((_request, response) => response.writeHead(405).end());
  proxy.on("connect", (_request: IncomingMessage, client: Socket, head: Buffer) => {
    const server = connect(Number(port), hostname, () => {
      client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      server.write(head);
      server.pipe(client).pipe(server);
    });
    server.on("error", () => client.destroy());
    client.on("error", () => server.destroy()).on("close", () => server.destroy());
  });
  return served(proxy);
}

async function served(server: Server): Promise<MetServer> {
  const open = new Set<{ destroy(): void }>();
  server.on("connection", (socket) => {
    open.add(socket);
    socket.on("error", () => undefined).on("close", () => open.delete(socket));
  });
  await new Promise<void>((listening) => server.listen(0, address, listening));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `${address}:${port}`,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
