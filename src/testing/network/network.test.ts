import { createServer, type Server } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { localHost } from "../../host/local/local-host.ts";
import { startLoadBalancer } from "./load-balancer.ts";
import { carriedUrl, carrierOf, type LoopbackNetwork, loopbackNetwork, type NetworkPlace } from "./loopback-network.ts";
import { machineNetwork } from "./machine-network.ts";

let network: LoopbackNetwork;
let cleanup: AsyncDisposableStack;
beforeEach(async () => {
  cleanup = new AsyncDisposableStack();
  network = cleanup.use(await loopbackNetwork());
});
afterEach(() => cleanup.disposeAsync());

function place(number: number): NetworkPlace {
  return { address: `192.0.2.${number}`, carrier: network.carrier };
}

async function serve(host: string, port: number, answer: string): Promise<Server> {
  const server = createServer((_request, response) => response.end(answer));
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  cleanup.defer(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return server;
}

const options = { signal: AbortSignal.timeout(10_000), timeoutMs: 2_000 };

describe("a network that the loopback interface carries", () => {
  test.each([
    ["192.0.2.12", "127.9.9.12"],
    ["localhost", "127.9.9.11"],
    ["127.0.0.1", "127.9.9.11"],
    ["0.0.0.0", "127.9.9.11"],
    ["198.51.100.7", "198.51.100.7"],
    ["example.org", "example.org"],
  ])("leads from %s to %s", (host, carrier) => {
    expect(carrierOf({ address: "192.0.2.11", carrier: "127.9.9" }, host)).toBe(carrier);
  });

  test("keeps everything else of a URL", () => {
    const url = carriedUrl({ address: "192.0.2.11", carrier: "127.9.9" }, "https://192.0.2.12:6443/livez?verbose");
    expect(url).toBe("https://127.9.9.12:6443/livez?verbose");
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
    await serve(carrierOf(place(12), "127.0.0.1"), 10248, "ok");
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
    const servers = [11, 12].map((number) => ({ host: carrierOf(place(number), "localhost"), port: 6443 }));
    const host = carrierOf(place(100), "localhost");
    const balancer = cleanup.use(await startLoadBalancer({ host, port: 6443, servers: () => servers }));
    const url = `http://${host}:6443/`;
    await expect(base.probe(url, options)).rejects.toThrow();
    await serve(servers[1]?.host ?? "", 6443, "second");
    expect((await base.probe(url, options)).body).toBe("second");
    await serve(servers[0]?.host ?? "", 6443, "first");
    expect((await base.probe(url, options)).body).toBe("first");
    expect(balancer.connections).toBe(2);
  });
});
