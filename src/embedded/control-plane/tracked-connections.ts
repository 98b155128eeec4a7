import type { Server, Socket } from "node:net";

/**
 * Tracks all connections of a server, those with an unfinished TLS handshake too: neither `closeAllConnections` nor a
 * list of sessions has them, and each keeps the server from closing. Call it before the server listens.
 */
export function trackedConnections(server: Server): { destroy(): void } {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  return {
    destroy: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}
