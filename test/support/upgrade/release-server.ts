import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { connectHttpsBy } from "../../../src/cluster/https-node.ts";
import type { ConnectTransport } from "../../../src/cluster/transport.ts";
import { generateKeys, privateKeyPem } from "../../../src/pki/keys.ts";
import { createCertificateAuthority, issueCertificate } from "../../../src/pki/x509.ts";

const dayMs = 24 * 3600 * 1000;
const names = ["dl.k8s.io", "cdn.dl.k8s.io", "storage.googleapis.com"];

export interface ReleaseServer extends AsyncDisposable {
  /** PEM of the CA that a machine must trust. */
  readonly caCertificatePem: string;
  /** Reaches the server under the names of the real ones. */
  readonly connect: ConnectTransport;
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
  for (const server of servers) {
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  }
  const portOf = (host: string) => (servers[names.indexOf(host)]?.address() as AddressInfo | undefined)?.port ?? 1;
  return {
    caCertificatePem: ca.certificatePem,
    connect: connectHttpsBy(({ host }) => ({ host: "127.0.0.1", port: portOf(host) })),
    requests,
    [Symbol.asyncDispose]: async () => {
      for (const server of servers) {
        server.closeAllConnections();
        await new Promise((closed) => server.close(closed));
      }
    },
  };
}
