import { createSecureServer } from "node:http2";
import { trackedConnections } from "../../../src/embedded/control-plane/tracked-connections.ts";
import { EtcdMembership, type MembershipOptions } from "../../../src/embedded/etcd/membership.ts";
import { isEtcdCall, serveEtcdCall } from "../../../src/embedded/etcd/serve-etcd.ts";
import { Secret } from "../../../src/errors/secret.ts";
import type { EtcdCredentials } from "../../../src/etcd/etcd.ts";
import { generateKeys, privateKeyPem } from "../../../src/pki/keys.ts";
import { type CertificateAuthority, createCertificateAuthority, issueCertificate } from "../../../src/pki/x509.ts";

export interface EtcdMemberOptions {
  readonly name: string;
  /** The URL in the member list: https://192.0.2.11:2380. Nothing listens there: members agree without a network. */
  readonly peerUrl: string;
  /** Of the loopback interface; 127.0.0.1 by default. */
  readonly host?: string;
  /** A free one by default. */
  readonly clientPort?: number;
  /** PEM; of the cluster's own authority by default. */
  readonly certificates?: EtcdServerCertificates;
}

export interface EtcdServerCertificates {
  readonly certificateAuthority: string;
  readonly certificate: string;
  readonly key: Secret;
}

export interface RunningEtcdMember {
  readonly id: string;
  /** https://127.0.0.1:43210 */
  readonly clientUrl: string;
  /** Stops the member as if its machine were switched off: the entry in the list stays. */
  stop(): Promise<void>;
}

export interface EtcdClusterOptions extends MembershipOptions {
  /** Signs the members' and the client's certificates; a new one by default. */
  readonly authority?: CertificateAuthority;
}

export interface EtcdCluster extends AsyncDisposable {
  readonly authority: CertificateAuthority;
  readonly membership: EtcdMembership;
  /** Of a client that the members trust. */
  readonly credentials: EtcdCredentials;
  /**
   * Starts a member. The first one founds the cluster; a later one takes the entry with its peer URL, as etcd does with
   * `--initial-cluster-state=existing`, and rejects if there is none.
   */
  startMember(options: EtcdMemberOptions): Promise<RunningEtcdMember>;
}

/**
 * An etcd cluster for tests: gRPC over mutual TLS on loopback, with the membership rules of the real etcd and without
 * its storage.
 */
export async function startEtcdCluster(options: EtcdClusterOptions = {}): Promise<EtcdCluster> {
  const membership = new EtcdMembership(options);
  const authority = options.authority ?? (await newAuthority());
  const client = await leaf(authority, "kube-etcd-healthcheck-client");
  const running = new AsyncDisposableStack();
  let wasFounded = false;

  return {
    authority,
    membership,
    credentials: {
      certificateAuthority: authority.certificatePem,
      clientCertificate: client.certificate,
      clientKey: client.key,
    },
    startMember: async ({ name, peerUrl, host = "127.0.0.1", clientPort = 0, certificates }) => {
      const existing = membership.members.find(({ peerUrls }) => peerUrls.includes(peerUrl));
      if (existing === undefined && wasFounded) throw new Error("error validating peerURLs: member count is unequal");
      wasFounded = true;
      const member = existing ?? membership.add([peerUrl], false);
      const server = await listening({
        host,
        port: clientPort,
        certificates: certificates ?? {
          ...(await leaf(authority, name, host)),
          certificateAuthority: authority.certificatePem,
        },
        serving: { membership, memberId: member.id },
      });
      const clientUrl = `https://${host}:${server.port}`;
      membership.change(member.id, { name, clientUrls: [clientUrl], isRunning: true });
      const stop = async () => {
        membership.change(member.id, { isRunning: false });
        await server.close();
      };
      running.defer(stop);
      return { id: member.id, clientUrl, stop };
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

interface ListeningOptions {
  readonly host: string;
  readonly port: number;
  readonly certificates: EtcdServerCertificates;
  readonly serving: Parameters<typeof serveEtcdCall>[2];
}

async function listening({ host, port, certificates, serving }: ListeningOptions) {
  const server = createSecureServer({
    ca: certificates.certificateAuthority,
    cert: certificates.certificate,
    key: certificates.key.reveal(),
    requestCert: true,
    rejectUnauthorized: true,
  });
  // A session with an answer that its client no longer reads does not notice that the client is gone.
  const connections = trackedConnections(server);
  server.on("session", (session) => session.on("error", () => session.destroy()));
  server.on("stream", (stream, headers) => {
    if (isEtcdCall(headers)) void serveEtcdCall(stream, headers, serving);
    else stream.respond({ ":status": 404 }, { endStream: true });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the etcd member has no TCP address");
  let closed: Promise<void> | undefined;
  const close = async () => {
    const done = new Promise<void>((resolve) => server.close(() => resolve()));
    connections.destroy();
    await done;
  };
  return { port: address.port, close: () => (closed ??= close()) };
}

const hourMs = 3_600_000;

async function newAuthority(): Promise<CertificateAuthority> {
  const keys = await generateKeys("ECDSA-P256");
  const now = Date.now();
  return createCertificateAuthority({
    commonName: "etcd-ca",
    keys,
    notBefore: new Date(now - hourMs),
    notAfter: new Date(now + 24 * hourMs),
  });
}

async function leaf(ca: CertificateAuthority, commonName: string, address?: string) {
  const keys = await generateKeys("ECDSA-P256");
  const certificate = await issueCertificate({
    ca,
    subject: { commonName },
    publicKey: keys.publicKey,
    notBefore: ca.certificate.validFromDate,
    notAfter: ca.certificate.validToDate,
    keyUsages: ["digital signature", "key encipherment"],
    extendedKeyUsages: ["server auth", "client auth"],
    dnsNames: ["localhost"],
    ipAddresses: [...new Set(["127.0.0.1", "::1", ...(address === undefined ? [] : [address])])],
  });
  return { certificate, key: new Secret(privateKeyPem(keys.privateKey)) };
}
