import { abortable } from "../async/signal.ts";
import { identityProblem } from "../pki/server-identity.ts";
import { type BunSocket, bunConnect, bunStream } from "./bun-sockets.ts";
import { TlsRefusal, type TlsSockets, tlsRefusal, withRefusals } from "./tls-sockets.ts";

/** TLS of the compiled binary's runtime, which also compares the certificate with the host, without node:tls. */
export const bunTlsSockets: TlsSockets = {
  connect: async (address, tls, signal) => {
    const stream = bunStream();
    const { promise: shaken, resolve, reject } = Promise.withResolvers<void>();
    shaken.catch(() => undefined);
    const fail = (error: Error) => reject(tlsRefusal(error, address.host) ?? error);
    const socket = await bunConnect(
      address,
      {
        tls: {
          ca: tls.certificateAuthority,
          cert: tls.clientCertificate,
          key: tls.clientKey.reveal(),
          ALPNProtocols: `${String.fromCharCode(tls.protocol.length)}${tls.protocol}`,
          rejectUnauthorized: true,
        },
        socket: {
          ...stream.handlers,
          handshake: (socket, success, error) => {
            if (!success || error !== null) return fail(error ?? new Error("the TLS handshake failed"));
            // The runtime accepts a common name for the host; nothing has been sent so far.
            const problem = identityProblem(address.host, socket.getPeerCertificate().raw);
            if (problem === undefined) resolve();
            else fail(problem);
          },
          error: (broken, error) => {
            fail(error);
            stream.handlers.error(broken, error);
          },
          close: (closed, error) => {
            fail(error ?? new Error("EOF"));
            stream.handlers.close(closed, error);
          },
        },
      },
      signal,
    );
    await orTerminated(abortable(shaken, signal), socket);
    if (socket.alpnProtocol === tls.protocol) return withRefusals(stream.over(socket), address.host);
    socket.terminate();
    throw new TlsRefusal("not-tls", `tls: the server does not speak ${tls.protocol}`);
  },
};

async function orTerminated(handshake: Promise<void>, socket: BunSocket): Promise<void> {
  try {
    await handshake;
  } catch (error) {
    socket.terminate();
    throw error;
  }
}
