import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttpsServer, type ServerOptions } from "node:https";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import { promisify } from "node:util";
import { chainCases, madeChain, server } from "../fixtures/pki/chain-corpus.ts";
import { mlDsaIdentities } from "../fixtures/pki/ml-dsa-identities.ts";
import { temporaryDirectory } from "../support/temporary/temporary-directory.ts";
import type { TransportFixture } from "./transport-case.ts";

const run = promisify(execFile);

/** Real servers on loopback that misbehave in every way a transport must tell apart. */
export async function startTransportFixture(): Promise<TransportFixture & { close(): Promise<void> }> {
  const directory = temporaryDirectory().path;
  await makeCertificates(directory);
  const pem = (name: string) => readFileSync(join(directory, name), "utf8");
  const sockets = new Set<Socket>();
  const servers: Server[] = [];
  const proxiedPorts = new Set<number>();
  const listen = async (server: Server, host = "127.0.0.1") => {
    servers.push(server);
    server.on("connection", (socket: Socket) => {
      sockets.add(socket.on("error", () => undefined).on("close", () => sockets.delete(socket)));
    });
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    return (server.address() as AddressInfo).port;
  };
  const answer = (request: IncomingMessage, response: ServerResponse) => respond(request, response, proxiedPorts);
  const secure = (options: ServerOptions) => createHttpsServer(options, answer);
  const identity = { cert: pem("server.crt"), key: pem("server.key") };

  const https = await listen(secure(identity), "0.0.0.0");
  const expired = await listen(secure({ cert: pem("expired.crt"), key: pem("server.key") }));
  const mutual = await listen(secure({ ...identity, ca: pem("ca.crt"), requestCert: true, rejectUnauthorized: true }));
  const bad = chainsToServe();
  const badChains: TransportFixture["badChains"][number][] = [];
  for (const { name, certificateAuthority, cert, key } of bad) {
    badChains.push({
      name,
      certificateAuthority,
      url: `https://127.0.0.1:${await listen(secure({ cert, key }))}/echo`,
    });
  }
  const mlDsa: TransportFixture["mlDsa"][number][] = [];
  for (const own of await mlDsaIdentities()) {
    const { certificate: cert, key, certificateAuthority: ca } = own;
    const port = await listen(secure({ cert, key, ca, requestCert: true, rejectUnauthorized: true }));
    mlDsa.push({ ...own, url: `https://127.0.0.1:${port}` });
  }
  const nothingInCommon = await listen(
    secure({ ...identity, maxVersion: "TLSv1.2", ciphers: "ECDHE-RSA-AES128-GCM-SHA256" }),
  );
  let requests = 0;
  const legacy = pem("legacy.crt");
  const commonNameOnly = await listen(
    createHttpsServer({ cert: legacy, key: pem("legacy.key") }, (request, response) => {
      if (request.url !== "/count") requests++;
      response.end(String(requests));
    }),
  );
  const plainHttp = await listen(createHttpServer((_request, response) => response.end("<html>")));
  const resetting = await listen(createServer((socket) => socket.once("data", () => socket.resetAndDestroy())));
  const silent = await listen(createServer(() => undefined));
  const trickledHead = await listen(
    createTlsServer(identity, (socket) => {
      socket.on("error", () => undefined);
      repeatedly(socket, 50, () => socket.write(socket.bytesWritten === 0 ? "HTTP/1.1 200 OK\r\n" : "x"));
    }),
  );
  const floods = await listen(
    createTlsServer(identity, (socket) => {
      socket
        .on("error", () => undefined)
        .once("data", (bytes: Buffer) => {
          const path = /^GET \/(\w+)/.exec(bytes.toString())?.[1];
          if (path !== "garbage") socket.write(`HTTP/1.1 200 OK\r\n${path === "header" ? "x-a: " : ""}`);
          endless(socket, path === "headers" ? `x-a: ${"b".repeat(1_000)}\r\n` : "x");
        });
    }),
  );
  const stalledTls = await listen(createServer((socket) => socket.write(Buffer.from([22, 3, 3, 64, 0, 2]))));
  const closed = createServer();
  const refused = await listen(closed);
  await new Promise((resolve) => closed.close(resolve));
  const proxy = await listen(connectProxy(proxiedPorts));
  return {
    https: `https://127.0.0.1:${https}`,
    wrongName: `https://127.0.0.2:${https}`,
    expired: `https://127.0.0.1:${expired}`,
    named: `https://localhost:${https}`,
    commonNameOnly: `https://localhost:${commonNameOnly}`,
    badChains,
    mutual: `https://127.0.0.1:${mutual}`,
    mlDsa,
    nothingInCommon: `https://127.0.0.1:${nothingInCommon}`,
    plainHttp: `https://127.0.0.1:${plainHttp}`,
    resetting: `https://127.0.0.1:${resetting}`,
    silent: `https://127.0.0.1:${silent}`,
    trickledHead: `https://127.0.0.1:${trickledHead}`,
    floods: `https://127.0.0.1:${floods}`,
    stalledTls: `https://127.0.0.1:${stalledTls}`,
    refused: `https://127.0.0.1:${refused}`,
    certificateAuthority: pem("ca.crt"),
    otherAuthority: pem("other-ca.crt"),
    clientCertificate: pem("client.crt"),
    clientKey: pem("client.key"),
    proxy: `http://127.0.0.1:${proxy}`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      for (const server of servers) server.close();
    },
  };
}

/** Chains whose leaf is for 127.0.0.1, so that only the chain is wrong. */
function chainsToServe() {
  return chainCases
    .filter(({ refusal, leaf = server }) => refusal !== undefined && leaf.names === server.names)
    .map((chainCase) => {
      const { root, intermediates, leaf } = madeChain(chainCase);
      const cert = [leaf, ...intermediates.toReversed()].map(({ pem }) => pem).join("");
      return { name: chainCase.name, certificateAuthority: root.pem, cert, key: leaf.privateKeyPem };
    });
}

function respond(request: IncomingMessage, response: ServerResponse, proxiedPorts: ReadonlySet<number>): void {
  const path = (request.url ?? "").split("?")[0];
  if (path === "/redirect") return void response.writeHead(302, { location: "/echo" }).end();
  if (path === "/slow") return void response.writeHead(200, { "content-length": "100" }).write("begin");
  if (path === "/lines") return void response.write("one\ntwo\nthr");
  if (path === "/trickle") return void repeatedly(response, 50, () => response.write("x"));
  if (path === "/trickle-lines") return void repeatedly(response, 50, () => response.write("line\n"));
  if (path === "/endless") return void endless(response);
  if (path === "/encoded") {
    return void response.writeHead(200, { "content-encoding": (request.url ?? "").split("?")[1] }).end("bomb");
  }
  if (path === "/truncated") {
    response.writeHead(200, { "content-length": "100" }).write("begin");
    return void setTimeout(() => response.socket?.destroy(), 20);
  }
  let body = "";
  request.setEncoding("utf8");
  request.on("data", (chunk: string) => (body += chunk));
  request.on("end", () => {
    const socket = request.socket as TLSSocket;
    const port = socket.remotePort ?? 0;
    const client = socket.getPeerCertificate?.().subject?.CN;
    const { method, url } = request;
    const proxied = proxiedPorts.has(port);
    response.end(
      JSON.stringify({
        method,
        url,
        body,
        port,
        proxied,
        client,
        "x-test": request.headers["x-test"],
        encodings: request.headers["accept-encoding"],
      }),
    );
  });
}

function repeatedly(stream: Writable, everyMs: number, act: () => void): void {
  const timer = setInterval(act, everyMs);
  stream.once("close", () => clearInterval(timer));
}

function endless(stream: Writable, part = "x"): void {
  const chunk = part.repeat(65_536 / part.length);
  const fill = () => {
    while (!stream.destroyed && stream.write(chunk));
  };
  stream.on("drain", fill);
  fill();
}

/** The proxy opens no tunnel to it. */
const forbiddenHost = "192.0.2.1";

function connectProxy(proxiedPorts: Set<number>): Server {
  const proxy = createHttpServer((_request, response) => response.writeHead(405).end());
  proxy.on("connect", (request: IncomingMessage, client: Socket, head: Buffer) => {
    const [host = "", port = ""] = (request.url ?? "").split(":");
    if (host === forbiddenHost) return client.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    const upstream = connect(Number(port), host, () => {
      proxiedPorts.add(upstream.localPort ?? 0);
      client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    upstream.on("error", () => client.destroy());
    client.on("error", () => upstream.destroy());
  });
  return proxy;
}

async function makeCertificates(directory: string): Promise<void> {
  const openssl = (...args: string[]) => run("openssl", args, { cwd: directory });
  const names = "subjectAltName=IP:127.0.0.1,DNS:localhost";
  const ca = (name: string) =>
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
      "-keyout", `${name}.key`, "-out", `${name}.crt`, "-subj", `/CN=${name}`); // biome-ignore format: an argument vector
  const request = (name: string, subject: string) =>
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
      "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", subject); // biome-ignore format: an argument vector
  await Promise.all([
    ca("ca"),
    ca("other-ca"),
    request("server", "/CN=server"),
    request("client", "/CN=tester"),
    request("legacy", "/CN=localhost"),
  ]);
  await writeFile(join(directory, "names.cnf"), names);
  const sign = (name: string, out: string, ...validity: string[]) =>
    openssl("x509", "-req", "-in", `${name}.csr`, "-CA", "ca.crt", "-CAkey", "ca.key", "-set_serial", `${Date.now()}`,
      "-out", `${out}.crt`, "-extfile", "names.cnf", ...validity); // biome-ignore format: an argument vector
  await sign("server", "server", "-days", "30");
  await sign("client", "client", "-days", "30");
  await openssl("x509", "-req", "-in", "legacy.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-set_serial", "5", "-days", "30",
    "-out", "legacy.crt"); // biome-ignore format: an argument vector
  // OpenSSL 3.0 cannot write a past validity with -days, so the expired one is signed as a CA would, with dates.
  await writeFile(join(directory, "index.txt"), "");
  await writeFile(
    join(directory, "ca.cnf"),
    "[ca]\ndefault_ca=d\n[d]\ndir=.\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n",
  );
  await writeFile(join(directory, "serial"), "77\n");
  await openssl("ca", "-batch", "-config", "ca.cnf", "-cert", "ca.crt", "-keyfile", "ca.key", "-in", "server.csr",
    "-out", "expired.crt", "-extfile", "names.cnf", "-startdate", "200101000000Z", "-enddate", "210101000000Z", "-notext"); // biome-ignore format: an argument vector
}
