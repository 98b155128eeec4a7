import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:https";
import { type AddressInfo, connect, type Server, type Socket } from "node:net";
import { connectHttps, connectHttpsBy } from "../../../src/cluster/https.ts";
import type { ConnectTransport } from "../../../src/cluster/transport.ts";
import { generateKeys, privateKeyPem } from "../../../src/pki/keys.ts";
import { createCertificateAuthority, issueCertificate } from "../../../src/pki/x509.ts";

const dayMs = 24 * 3600 * 1000;
const names = ["dl.k8s.io", "cdn.dl.k8s.io", "storage.googleapis.com"];

export interface ReleaseServer extends AsyncDisposable {
  /** PEM of the CA that a machine must trust. */
  readonly caCertificatePem: string;
  /** Reaches the server under the names of the real ones, or through a proxy, which has to know where they are. */
  readonly connect: ConnectTransport;
  /** The URL of an HTTP proxy that knows where they are. */
  readonly proxy: string;
  /** The `host:port` to which the proxy has opened tunnels, in order. */
  readonly tunnels: readonly string[];
  /** What was asked, as `host/path`, in order. */
  readonly requests: readonly string[];
}

/** What the server answers for `host/path`: a text, a status, or a function that holds the answer back. */
export type ReleaseAnswers = Readonly<Record<string, string | number | (() => Promise<string>)>>;

/** A local HTTPS server in place of the release servers. Like the real one, dl.k8s.io redirects to another host. */
export async function startReleaseServer(answers: ReleaseAnswers): Promise<ReleaseServer> {
  const [caKeys, keys] = await Promise.all([generateKeys("ECDSA-P256"), generateKeys("ECDSA-P256")]);
  const validity = { notBefore: new Date(Date.now() - dayMs), notAfter: new Date(Date.now() + dayMs) };
  const ca = await createCertificateAuthority({ commonName: "test", keys: caKeys, ...validity });
  const cert = await issueCertificate({
    ca,
    subject: { commonName: "releases" },
    publicKey: keys.publicKey,
    ...validity,
    keyUsages: ["digital signature"],
    extendedKeyUsages: ["server auth"],
    dnsNames: names,
  });
  const requests: string[] = [];
  const servers = names.map((host) =>
    createServer({ cert, key: privateKeyPem(keys.privateKey) }, async (request, response) => {
      if (host === "dl.k8s.io") {
        response.writeHead(302, { location: `https://cdn.dl.k8s.io${request.url}` }).end();
        return;
      }
      const asked = `${host}${request.url}`;
      requests.push(asked);
      const answer = answers[asked] ?? 404;
      if (typeof answer === "number") response.writeHead(answer).end("no such release");
      else response.writeHead(200).end(typeof answer === "string" ? `${answer}\n` : await answer());
    }),
  );
  const portOf = (host: string) => listeningPort(servers[names.indexOf(host)]);
  const tunnels: string[] = [];
  const proxy = startProxy(portOf, tunnels);
  for (const server of [...servers, proxy.server]) {
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  }
  const direct = connectHttpsBy(({ host }) => ({ host: "127.0.0.1", port: portOf(host) }));
  return {
    caCertificatePem: ca.certificatePem,
    connect: (tls) => (tls.proxy === undefined ? direct(tls) : connectHttps(tls)),
    proxy: `http://127.0.0.1:${listeningPort(proxy.server)}`,
    tunnels,
    requests,
    [Symbol.asyncDispose]: async () => {
      proxy.cut();
      for (const server of [...servers, proxy.server]) {
        server.closeAllConnections();
        await new Promise((closed) => server.close(closed));
      }
    },
  };
}

function listeningPort(server: Server | undefined): number {
  return (server?.address() as AddressInfo | undefined)?.port ?? 1;
}

/** A proxy that only knows CONNECT; `cut` ends its tunnels. */
function startProxy(portOf: (host: string) => number, tunnels: string[]) {
  const sockets = new Set<Socket>();
  const server = createHttpServer((_request, response) => response.writeHead(405).end());
  server.on("connect", (request, client: Socket, head) => {
    const target = request.url ?? "";
    tunnels.push(target);
    const upstream = connect(portOf(target.replace(/:443$/, "")), "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    for (const socket of [client, upstream]) sockets.add(socket.on("error", () => undefined));
    client.on("close", () => upstream.destroy());
    upstream.on("close", () => client.destroy());
  });
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return { server, cut };
}
