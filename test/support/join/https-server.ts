import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { generateKeys, privateKeyPem } from "../../../src/pki/keys.ts";
import { createCertificateAuthority, issueCertificate } from "../../../src/pki/x509.ts";

const dayMs = 24 * 3600 * 1000;

export interface HttpsIdentity {
  readonly caCertificatePem: string;
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

/** A server certificate of a CA that no one else knows. */
export async function httpsIdentity(address: string): Promise<HttpsIdentity> {
  const [caKeys, keys] = await Promise.all([generateKeys("ECDSA-P256"), generateKeys("ECDSA-P256")]);
  const validity = { notBefore: new Date(Date.now() - dayMs), notAfter: new Date(Date.now() + dayMs) };
  const ca = await createCertificateAuthority({ commonName: "test", keys: caKeys, ...validity });
  const certificatePem = await issueCertificate({
    ca,
    subject: { commonName: "discovery" },
    publicKey: keys.publicKey,
    ...validity,
    keyUsages: ["digital signature"],
    extendedKeyUsages: ["server auth"],
    ipAddresses: [address],
  });
  return { caCertificatePem: ca.certificatePem, certificatePem, privateKeyPem: privateKeyPem(keys.privateKey) };
}

export interface HttpsPage {
  readonly address: string;
  readonly port: number;
  readonly path: string;
  readonly text: string;
}

/** Answers 200 and the text at one path, 404 elsewhere. */
export async function serveHttps(identity: HttpsIdentity, page: HttpsPage) {
  const server = createServer({ cert: identity.certificatePem, key: identity.privateKeyPem }, (request, response) => {
    const found = request.url === page.path;
    response.writeHead(found ? 200 : 404, { "content-type": "application/yaml" }).end(found ? page.text : "");
  });
  await new Promise<void>((listening) => server.listen(page.port, page.address, listening));
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  };
  return { port, close };
}

// As its own program it takes identity and page on stdin, and says its port: for a server in another network.
if (import.meta.main) {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  const given = JSON.parse(Buffer.concat(chunks).toString()) as { identity: HttpsIdentity; page: HttpsPage };
  const { port } = await serveHttps(given.identity, given.page);
  process.stdout.write(`${port}\n`);
}
