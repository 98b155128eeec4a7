import { abortable } from "../../async/signal.ts";
import { discardPort, isIpv6 } from "./source-address.ts";

/** Implements `RuntimeCalls.sourceAddress` with node:dgram. */
export async function sourceAddressByNode(destination: string, signal: AbortSignal): Promise<string | undefined> {
  const { createSocket } = await import("node:dgram");
  const socket = createSocket(isIpv6(destination) ? "udp6" : "udp4");
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
