import { createSocket } from "node:dgram";
import { abortable } from "../../async/signal.ts";

/** "discard". Connecting a datagram socket sends no packet; the kernel chooses the source address by its routes. */
const discardPort = 9;

/** Implements `Network.sourceAddress`. */
export async function sourceAddress(destination: string, signal: AbortSignal): Promise<string | undefined> {
  const socket = createSocket(destination.includes(":") ? "udp6" : "udp4");
  const connected = new Promise<string | undefined>((resolve) => {
    // There is no route to the destination.
    socket.once("error", () => resolve(undefined));
    socket.once("connect", () => resolve(socket.address().address));
    socket.connect(discardPort, destination);
  });
  try {
    return await abortable(connected, signal);
  } finally {
    socket.close();
  }
}
