import { checkServerIdentity, connect } from "node:tls";
import { connected } from "../../sockets/node-sockets.ts";
import { TlsRefusal, type TlsSockets, tlsRefusal, withRefusals } from "../../sockets/tls-sockets.ts";
import { carriedEndpoint, type NetworkPlace } from "./loopback-network.ts";

/** TLS sockets of a machine: they connect to the carrier of an address, and verify the address itself. */
export function carriedTlsSockets(place: NetworkPlace): TlsSockets {
  return {
    connect: async ({ host, port }, tls, signal) => {
      signal.throwIfAborted();
      const socket = connect({
        ...carriedEndpoint(place, { host, port }),
        ca: tls.certificateAuthority,
        cert: tls.clientCertificate,
        key: tls.clientKey.reveal(),
        ALPNProtocols: [tls.protocol],
        checkServerIdentity: (_carrier, certificate) => checkServerIdentity(host, certificate),
      });
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
