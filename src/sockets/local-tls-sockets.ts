import { connect } from "node:tls";
import type { Endpoint } from "../addresses/url-address.ts";
import { throwIfAborted } from "../async/signal.ts";
import { identityProblem } from "../pki/server-identity.ts";
import { connected } from "./local-sockets.ts";
import { offeredSignatures } from "./signature-algorithms.ts";
import { TlsRefusal, type TlsSockets, tlsRefusal, withRefusals } from "./tls-sockets.ts";

/** TLS of node:tls. No environment variable weakens its verification. */
export const localTlsSockets: TlsSockets = localTlsSocketsBy((endpoint) => endpoint);

/**
 * The same for a server that is reached through another endpoint than its own; its own host is still the one that is
 * verified.
 */
export function localTlsSocketsBy(carried: (endpoint: Endpoint) => Endpoint): TlsSockets {
  return {
    connect: async ({ host, port }, tls, signal) => {
      throwIfAborted(signal);
      const socket = connect({
        ...carried({ host, port }),
        ca: tls.certificateAuthority,
        cert: tls.clientCertificate,
        key: tls.clientKey.reveal(),
        ALPNProtocols: [tls.protocol],
        minVersion: "TLSv1.2",
        ...offeredSignatures,
        rejectUnauthorized: true,
        checkServerIdentity: (_address, { raw }) => identityProblem(host, raw),
      });
      // A call is a few small writes: they must not wait for the server's acknowledgment.
      socket.setNoDelay(true);
      try {
        const stream = await connected(socket, { event: "secureConnect", signal });
        if (socket.alpnProtocol === tls.protocol) return withRefusals(stream, host);
        stream.destroy();
      } catch (error) {
        throw error instanceof Error ? (tlsRefusal(error, host) ?? error) : error;
      }
      throw new TlsRefusal("not-tls", `tls: the server does not speak ${tls.protocol}`);
    },
  };
}
