import { abortable } from "../../async/signal.ts";
import { discardPort, isIpv6 } from "./source-address.ts";

declare const Bun: {
  udpSocket(options: {
    /** The address to listen on. */
    readonly hostname: string;
    readonly connect: { readonly hostname: string; readonly port: number };
  }): Promise<{ readonly address: { readonly address: string }; close(): void }>;
};

/** Implements `RuntimeCalls.sourceAddress` with Bun's own call, without node:dgram and node:net (docs/adr/0010). */
export async function sourceAddressByBun(destination: string, signal: AbortSignal): Promise<string | undefined> {
  return abortable(connectedFrom(destination), signal);
}

async function connectedFrom(destination: string): Promise<string | undefined> {
  try {
    const socket = await Bun.udpSocket({
      hostname: isIpv6(destination) ? "::" : "0.0.0.0",
      connect: { hostname: destination, port: discardPort },
    });
    const { address } = socket.address;
    socket.close();
    return address;
  } catch {
    // There is no route to the destination.
    return undefined;
  }
}
