import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { generateKeys, privateKeyPem } from "../../src/pki/keys.ts";
import {
  type CertificateAuthority,
  createCertificateAuthority,
  type ExtendedKeyUsage,
  issueCertificate,
} from "../../src/pki/x509.ts";
import { mlDsaIdentities } from "../fixtures/pki/ml-dsa-identities.ts";
import type { TlsServers } from "./tls-sockets.contract.ts";

const dayMs = 24 * 3_600_000;

async function authority(): Promise<CertificateAuthority> {
  const validity = { notBefore: new Date(Date.now() - 10 * dayMs), notAfter: new Date(Date.now() + dayMs) };
  return createCertificateAuthority({ commonName: "ca", keys: await generateKeys("ECDSA-P256"), ...validity });
}

interface Names {
  readonly commonName?: string;
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
}

async function issued(
  ca: CertificateAuthority,
  notAfter: Date,
  { commonName = "someone", ...names }: Names = { dnsNames: ["localhost"], ipAddresses: ["127.0.0.1"] },
  extendedKeyUsages: readonly ExtendedKeyUsage[] = ["server auth", "client auth"],
) {
  const keys = await generateKeys("ECDSA-P256");
  const certificate = await issueCertificate({
    ca,
    subject: { commonName },
    publicKey: keys.publicKey,
    notBefore: ca.certificate.validFromDate,
    notAfter,
    keyUsages: ["digital signature", "key encipherment"],
    extendedKeyUsages,
    ...names,
  });
  return { cert: certificate, key: privateKeyPem(keys.privateKey) };
}

/** Real servers on loopback that behave as each case needs it. */
export async function startTlsServers(): Promise<{ readonly servers: TlsServers; close(): Promise<void> }> {
  const [ca, other] = await Promise.all([authority(), authority()]);
  const tomorrow = new Date(Date.now() + dayMs);
  const [server, client, expired, untrusted, stranger, legacy, wrongUsage] = await Promise.all([
    issued(ca, tomorrow),
    issued(ca, tomorrow),
    issued(ca, new Date(Date.now() - dayMs)),
    issued(other, tomorrow),
    issued(other, tomorrow),
    issued(ca, tomorrow, { commonName: "localhost" }),
    issued(ca, tomorrow, { ipAddresses: ["127.0.0.1"] }, ["client auth"]),
  ]);
  const opened: Server[] = [];
  const connections = new Set<Socket>();
  const listen = async (listener: Server, host = "127.0.0.1") => {
    opened.push(listener);
    listener.on("connection", (socket: Socket) => connections.add(socket.on("error", () => undefined)));
    await new Promise<void>((resolve) => listener.listen(0, host, () => resolve()));
    const address = listener.address();
    return { host: "127.0.0.1", port: typeof address === "object" ? (address?.port ?? 0) : 0 };
  };
  const echo = (options: TlsOptions) =>
    createTlsServer(
      { ALPNProtocols: ["h2"], ca: ca.certificatePem, requestCert: true, rejectUnauthorized: true, ...options },
      (socket) => socket.on("error", () => undefined).pipe(socket),
    );

  const main = await listen(echo(server), "0.0.0.0");
  const gone = createServer();
  const closed = await listen(gone);
  await new Promise<void>((resolve) => gone.close(() => resolve()));
  const mlDsa: TlsServers["mlDsa"][number][] = [];
  for (const own of await mlDsaIdentities()) {
    const { certificate: cert, key, certificateAuthority } = own;
    mlDsa.push({ ...own, place: await listen(echo({ cert, key, ca: certificateAuthority })) });
  }
  const servers: TlsServers = {
    echo: main,
    wrongName: { host: "127.0.0.2", port: main.port },
    expired: await listen(echo(expired)),
    untrusted: await listen(echo(untrusted)),
    commonNameOnly: { ...(await listen(echo(legacy))), host: "localhost" },
    named: { host: "localhost", port: main.port },
    wrongUsage: await listen(echo(wrongUsage)),
    mlDsa,
    otherProtocol: await listen(echo({ ...server, ALPNProtocols: ["http/1.1"] })),
    plain: await listen(
      createServer((socket) => socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"))),
    ),
    silent: await listen(createServer()),
    closed,
    certificateAuthority: ca.certificatePem,
    clientCertificate: client.cert,
    clientKey: client.key,
    strangerCertificate: stranger.cert,
    strangerKey: stranger.key,
  };
  return {
    servers,
    close: async () => {
      for (const socket of connections) socket.destroy();
      await Promise.all(
        opened
          .filter((each) => each.listening)
          .map((each) => new Promise<void>((resolve) => each.close(() => resolve()))),
      );
    },
  };
}
