import { expect } from "vitest";
import { type Network, NetworkError } from "../../src/host/host.ts";
import { contract } from "./contract.ts";

export interface NetworkSubject {
  readonly network: Network;
  readonly freePort: number;
  readonly usedPort: number;
  /** A unix socket that accepts, and one no one listens on. */
  readonly socket: string;
  readonly deadSocket: string;
  /** Answers 200 with "ok", 500 with "bad", and never. */
  readonly urls: { readonly ok: string; readonly bad: string; readonly silent: string; readonly refused: string };
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => new Error(`resolved with ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
}

const signal = new AbortController().signal;
const inTime = { signal, timeoutMs: 5_000 };

export const networkContract = contract<NetworkSubject>("network", {
  "a free port can be listened on, repeatedly": async ({ network, freePort }) => {
    for (let round = 0; round < 3; round++) expect(await network.canListen(freePort)).toBe(true);
    expect(await network.canListen(freePort, "127.0.0.1")).toBe(true);
  },
  "a port in use cannot": async ({ network, usedPort }) => {
    expect(await network.canListen(usedPort)).toBe(false);
    expect(await network.canListen(usedPort, "127.0.0.1")).toBe(false);
  },
  "a known name has addresses, an address is its own": async ({ network }) => {
    expect(await network.lookup("localhost", signal)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^(127\.|::1)/)]),
    );
    expect(await network.lookup("192.0.2.7", signal)).toEqual(["192.0.2.7"]);
  },
  "an unknown name is told in Go's words": async ({ network }) => {
    const error = await failure(network.lookup("no-such-host.invalid", signal));
    expect(error).toBeInstanceOf(NetworkError);
    expect((error as Error).message).toMatch(/^lookup no-such-host\.invalid: /);
  },
  "a unix socket accepts connections or does not": async ({ network, socket, deadSocket }) => {
    expect(await network.canConnect(socket, signal)).toBe(true);
    expect(await network.canConnect(deadSocket, signal)).toBe(false);
  },
  "there is a loopback interface": async ({ network }) => {
    expect(network.addresses()).toContainEqual({
      interface: "lo",
      address: "127.0.0.1",
      family: "IPv4",
      internal: true,
    });
  },
  "default routes are told for both families": async ({ network }) => {
    for (const family of ["IPv4", "IPv6"] as const) {
      expect(Array.isArray(await network.defaultRouteInterfaces(family))).toBe(true);
    }
  },
  "packets to this machine leave from the address that they go to": async ({ network }) => {
    expect(await network.sourceAddress("127.0.0.1", signal)).toBe("127.0.0.1");
  },
  "a probe gives the status and the body, whatever the status": async ({ network, urls }) => {
    expect(await network.probe(urls.ok, inTime)).toEqual({ status: 200, body: "ok" });
    expect(await network.probe(urls.bad, inTime)).toEqual({ status: 500, body: "bad" });
  },
  "a refused probe is told in Go's words": async ({ network, urls }) => {
    const error = await failure(network.probe(urls.refused, inTime));
    expect(error).toBeInstanceOf(NetworkError);
    const { host } = new URL(urls.refused);
    expect(error).toMatchObject({
      code: "refused",
      message: `Get "${urls.refused}": dial tcp ${host}: connect: connection refused`,
    });
  },
  "a probe that gets no answer in time is told so": async ({ network, urls }) => {
    const error = await failure(network.probe(urls.silent, { signal, timeoutMs: 50 }));
    expect(error).toBeInstanceOf(NetworkError);
    expect(error).toMatchObject({ code: "timed-out", message: `Get "${urls.silent}": context deadline exceeded` });
  },
  "an abort ends a wait with its reason": async ({ network, urls, socket }) => {
    const reason = new Error("enough");
    const controller = new AbortController();
    const outcome = failure(network.probe(urls.silent, { ...inTime, signal: controller.signal }));
    controller.abort(reason);
    expect(await outcome).toBe(reason);
    expect(await failure(network.probe(urls.ok, { ...inTime, signal: controller.signal }))).toBe(reason);
    expect(await failure(network.lookup("localhost", controller.signal))).toBe(reason);
    expect(await failure(network.canConnect(socket, controller.signal))).toBe(reason);
    expect(await failure(network.sourceAddress("127.0.0.1", controller.signal))).toBe(reason);
  },
});
