import { createServer, type Server } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Endpoint } from "../../addresses/url-address.ts";
import { localHost } from "../../host/local/local-host.ts";
import { startLoadBalancer } from "./load-balancer.ts";
import {
  carriedEndpoint,
  carriedUrl,
  type LoopbackNetwork,
  loopbackNetwork,
  type NetworkPlace,
} from "./loopback-network.ts";
import { machineNetwork } from "./machine-network.ts";

let network: LoopbackNetwork;
let cleanup: AsyncDisposableStack;
beforeEach(async () => {
  cleanup = new AsyncDisposableStack();
  network = cleanup.use(await loopbackNetwork());
});
afterEach(() => cleanup.disposeAsync());

function place(number: number): NetworkPlace {
  return { address: `192.0.2.${number}`, carrier: network.carrier, firstPort: network.firstPort };
}

async function serve(endpoint: Endpoint, answer: string): Promise<Server> {
  const server = createServer((_request, response) => response.end(answer));
  await new Promise<void>((resolve) => server.listen(endpoint, resolve));
  cleanup.defer(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return server;
}

const options = { signal: new AbortController().signal, timeoutMs: 20_000 };

describe("a network that the loopback interface carries", () => {
  test.each([
    ["192.0.2.12", 2379, "127.9.9.12", 21000],
    ["192.0.2.12", 7443, "127.9.9.12", 7443],
    ["localhost", 6443, "127.9.9.11", 21003],
    ["127.0.0.1", 10248, "127.9.9.11", 21004],
    ["0.0.0.0", 10259, "127.9.9.11", 21009],
    ["198.51.100.7", 6443, "198.51.100.7", 6443],
    ["example.org", 443, "example.org", 443],
  ])("leads from %s:%d to %s:%d", (host, port, carrier, carriedPort) => {
    const place = { address: "192.0.2.11", carrier: "127.9.9", firstPort: 21_000 };
    expect(carriedEndpoint(place, { host, port })).toEqual({ host: carrier, port: carriedPort });
  });

  test("keeps everything else of a URL", () => {
    const url = carriedUrl(
      { address: "192.0.2.11", carrier: "127.9.9", firstPort: 21_000 },
      "https://192.0.2.12:6443/livez?verbose",
    );
    expect(url).toBe("https://127.9.9.12:21003/livez?verbose");
  });

  test("is another one for each test", async () => {
    const other = cleanup.use(await loopbackNetwork());
    expect(other.carrier).not.toBe(network.carrier);
  });
});

describe("a machine of such a network", () => {
  test("has the ports of its own localhost, whatever other machines listen on", async () => {
    const { network: base } = await localHost();
    const hostnames = new Map([["b", "192.0.2.12"]]);
    const [a, b] = [11, 12].map((number) => machineNetwork(base, { place: place(number), hostnames }));
    await serve(carriedEndpoint(place(12), { host: "127.0.0.1", port: 10248 }), "ok");
    expect(await b?.canListen(10248)).toBe(false);
    expect(await a?.canListen(10248)).toBe(true);
    expect(await b?.probe("http://127.0.0.1:10248/healthz", options)).toEqual({ status: 200, body: "ok" });
    expect(await a?.probe("http://192.0.2.12:10248/healthz", options)).toEqual({ status: 200, body: "ok" });
    await expect(a?.probe("http://127.0.0.1:10248/healthz", options)).rejects.toThrow(
      'Get "http://127.0.0.1:10248/healthz": dial tcp 127.0.0.1:10248: connect: connection refused',
    );
  });

  test("looks up the machines by their names, and nothing else", async () => {
    const { network: base } = await localHost();
    const machine = machineNetwork(base, { place: place(11), hostnames: new Map([["b", "192.0.2.12"]]) });
    expect(await machine.lookup("b", options.signal)).toEqual(["192.0.2.12"]);
    await expect(machine.lookup("example.org", options.signal)).rejects.toThrow("lookup example.org: no such host");
  });
});

describe("a load balancer", () => {
  test("takes the first server that there is, and ends connections where there is none", async () => {
    const { network: base } = await localHost();
    const [first, second] = [11, 12].map((number) => carriedEndpoint(place(number), { host: "localhost", port: 6443 }));
    if (first === undefined || second === undefined) throw new Error("two servers");
    const own = carriedEndpoint(place(100), { host: "localhost", port: 6443 });
    const balancer = cleanup.use(await startLoadBalancer({ ...own, servers: () => [first, second] }));
    const url = `http://${own.host}:${own.port}/`;
    await expect(base.probe(url, options)).rejects.toThrow();
    await serve(second, "second");
    expect((await base.probe(url, options)).body).toBe("second");
    await serve(first, "first");
    expect((await base.probe(url, options)).body).toBe("first");
    expect(balancer.connections).toBe(2);
  });
});
