import { isIPv6 } from "node:net";
import { abortable } from "../../async/signal.ts";

/**
 * No packet is sent: connecting a datagram socket makes the kernel pick its address by route. The port is "discard".
 */
const port = 9;

export async function sourceAddress(destination: string, signal: AbortSignal): Promise<string | undefined> {
  const { createSocket } = await import("node:dgram");
  const socket = createSocket(isIPv6(destination) ? "udp6" : "udp4");
  const connected = new Promise<string | undefined>((resolve) => {
    // There is no route to the address.
    socket.once("error", () => resolve(undefined));
    socket.once("connect", () => resolve(socket.address().address));
    socket.connect(port, destination);
  });
  try {
    return await abortable(connected, signal);
  } finally {
    socket.close();
  }
}
