import { throwIfAborted } from "../async/signal.ts";
import { connected } from "./node-sockets.ts";
import { TlsRefusal, type TlsSockets, tlsRefusal, withRefusals } from "./tls-sockets.ts";

/** TLS by node:tls, which is loaded by the first call. No setting of the environment weakens what it verifies. */
export const nodeTlsSockets: TlsSockets = {
  connect: async (address, tls, signal) => {
    const { connect } = await import("node:tls");
    throwIfAborted(signal);
    const socket = connect({
      ...address,
      ca: tls.certificateAuthority,
      cert: tls.clientCertificate,
      key: tls.clientKey.reveal(),
      ALPNProtocols: [tls.protocol],
      minVersion: "TLSv1.2",
      rejectUnauthorized: true,
    });
    try {
      const stream = await connected(socket, { event: "secureConnect", signal });
      if (socket.alpnProtocol === tls.protocol) return withRefusals(stream, address.host);
      stream.destroy();
    } catch (error) {
      throw error instanceof Error ? (tlsRefusal(error, address.host) ?? error) : error;
    }
    throw new TlsRefusal("not-tls", `tls: the server does not speak ${tls.protocol}`);
  },
};
