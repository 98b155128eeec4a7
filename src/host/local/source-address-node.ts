import { abortable } from "../../async/signal.ts";
import { discardPort, isIpv6 } from "./source-address.ts";

/** `RuntimeCalls.sourceAddress` by node:dgram. */
export async function sourceAddressByNode(destination: string, signal: AbortSignal): Promise<string | undefined> {
  const { createSocket } = await import("node:dgram");
  const socket = createSocket(isIpv6(destination) ? "udp6" : "udp4");
  const connected = new Promise<string | undefined>((resolve) => {
    // Without a route to there.
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
