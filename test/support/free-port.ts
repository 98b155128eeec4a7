import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { createServer } from "node:net";

/**
 * Linux gives outgoing connections ports from here on (ip(7), ip_local_port_range): by the time that such a port is used, a
 * connection may have it.
 */
const firstEphemeralPort = 32_768;
const firstPort = 20_000;

/**
 * Returns a port of 127.0.0.1 that nothing listens on, and that no other caller gets as long as this process lives, in whatever
 * process it is: a UDP socket of the same number, which nothing else uses, reserves it.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(firstPort, firstEphemeralPort);
    if ((await reserve(port)) && (await canListen(port))) return port;
  }
}

function reserve(port: number): Promise<boolean> {
  const reservation = createSocket("udp4").unref();
  return new Promise((resolve) => {
    reservation.once("error", () => resolve(false));
    reservation.bind({ port, address: "127.0.0.1", exclusive: true }, () => resolve(true));
  });
}

/** Reports whether nothing listens on the port of 127.0.0.1. */
export async function canListen(port: number): Promise<boolean> {
  const server = createServer();
  const listens = await new Promise<boolean>((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => resolve(true));
  });
  if (listens) await new Promise((closed) => server.close(closed));
  return listens;
}
