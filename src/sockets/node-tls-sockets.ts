import { throwIfAborted } from "../async/signal.ts";
import { identityProblem } from "../pki/server-identity.ts";
import { connected } from "./node-sockets.ts";
import { TlsRefusal, type TlsSockets, tlsRefusal, withRefusals } from "./tls-sockets.ts";

/** TLS of node:tls, which the first call loads. No environment variable weakens its verification. */
export const nodeTlsSockets: TlsSockets = nodeTlsSocketsBy((host) => host);

/** The same for a host that is reached at another address than its own; the host is still the one that is verified. */
export function nodeTlsSocketsBy(addressOf: (host: string) => string): TlsSockets {
  return {
    connect: async ({ host, port }, tls, signal) => {
      const { connect } = await import("node:tls");
      throwIfAborted(signal);
      const socket = connect({
        host: addressOf(host),
        port,
        ca: tls.certificateAuthority,
        cert: tls.clientCertificate,
        key: tls.clientKey.reveal(),
        ALPNProtocols: [tls.protocol],
        minVersion: "TLSv1.2",
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
