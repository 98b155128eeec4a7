import { createServer } from "node:https";
import { generateKeys, privateKeyPem } from "../../pki/keys.ts";
import { createCertificateAuthority } from "../../pki/x509.ts";
import { ProgramFailure } from "../container-program.ts";
import { type ListenAddress, startListening } from "./start-listening.ts";

const hourMs = 3_600_000;
let credential: Promise<{ readonly cert: string; readonly key: string }> | undefined;

/** The health endpoints of a component that was given no certificate: it generates one. */
export async function serveHealth(address: ListenAddress, isHealthy: () => boolean): Promise<AsyncDisposable> {
  credential ??= selfSigned();
  const server = createServer(await credential, (request, response) => {
    const path = new URL(request.url ?? "/", "https://component").pathname;
    const isKnown = ["/healthz", "/livez", "/readyz"].includes(path);
    response.statusCode = isKnown ? (isHealthy() ? 200 : 500) : 403;
    response.end(isKnown && isHealthy() ? "ok" : "");
  });
  return startListening(
    server,
    address,
    (error) => new ProgramFailure(`"command failed" err="failed to create listener: ${error.message}"`, error),
  );
}

async function selfSigned() {
  const keys = await generateKeys("ECDSA-P256");
  const [notBefore, notAfter] = [new Date(Date.now() - hourMs), new Date(Date.now() + 24 * hourMs)];
  const { certificatePem } = await createCertificateAuthority({
    commonName: "localhost-ca",
    keys,
    notBefore,
    notAfter,
  });
  return { cert: certificatePem, key: privateKeyPem(keys.privateKey) };
}
