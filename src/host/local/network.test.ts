import { spawnSync } from "node:child_process";
import { createServer as createHttpServer, type Server } from "node:http";
import { createServer, type Server as TcpServer } from "node:net";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { localNetwork } from "./network.ts";

const signal = new AbortController().signal;
const inTime = { signal, timeoutMs: 20_000 };
const open: (Server | TcpServer)[] = [];

async function listening(server: Server | TcpServer, host = "127.0.0.1"): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, host, resolve);
  });
  open.push(server);
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

describe("a probe", () => {
  it("reads a real server's answer", async () => {
    const port = await listening(
      createHttpServer((request, response) => {
        response.statusCode = 503;
        response.end(`${request.method} ${request.url} ${request.headers.host}`);
      }),
    );
    expect(await localNetwork().probe(`http://127.0.0.1:${port}/healthz?verbose=1`, inTime)).toEqual({
      status: 503,
      body: `GET /healthz?verbose=1 127.0.0.1:${port}`,
    });
  });

  it("connects to an IPv6 address", async ({ skip }) => {
    const server = createHttpServer((_request, response) => response.end("six"));
    const port = await Promise.race([
      listening(server, "::1"),
      new Promise<undefined>((resolve) => {
        server.once("error", () => resolve(undefined));
      }),
    ]);
    if (port === undefined) return skip("this machine has no IPv6");
    expect((await localNetwork().probe(`http://[::1]:${port}/`, inTime)).body).toBe("six");
  });

  it("never uses a proxy, whatever the environment says", async () => {
    let proxied = 0;
    const proxy = await listening(
      createHttpServer((_request, response) => {
        proxied++;
        response.end("by the proxy");
      }),
    );
    const script = `
      import { localNetwork } from ${JSON.stringify(fileURLToPath(new URL("./network.ts", import.meta.url)))};
      const { createServer } = await import("node:http");
      const server = createServer((_request, response) => response.end("direct"));
      server.listen(0, "127.0.0.1", async () => {
        const url = "http://127.0.0.1:" + server.address().port + "/healthz";
        const options = { signal: new AbortController().signal, timeoutMs: 30_000 };
        console.log((await localNetwork().probe(url, options)).body);
        server.close();
      });
    `;
    const url = `http://127.0.0.1:${proxy}`;
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      encoding: "utf8",
      env: { HTTP_PROXY: url, http_proxy: url, ALL_PROXY: url, all_proxy: url, NODE_USE_ENV_PROXY: "1" },
      timeout: 50_000,
    });
    expect({ stdout, stderr }).toMatchObject({ stdout: "direct\n" });
    expect(proxied).toBe(0);
  });

  it("takes a cut connection and other protocols for no answer", async () => {
    for (const answer of ["", "SSH-2.0-OpenSSH_9.6\r\n", "HTTP/1.1 200 OK\r\nno end of the head"]) {
      const port = await listening(
        createServer((connection) => {
          connection.on("error", () => undefined);
          connection.end(answer);
        }),
      );
      const url = `http://127.0.0.1:${port}/healthz`;
      await expect(localNetwork().probe(url, inTime)).rejects.toMatchObject({
        code: "reset",
        message: `Get "${url}": EOF`,
      });
    }
  });

  it("keeps only so much of an endless answer", async () => {
    const port = await listening(
      createServer((connection) => {
        connection.on("error", () => undefined);
        connection.write("HTTP/1.0 200 OK\r\n\r\n");
        const timer = setInterval(() => connection.write("x".repeat(300_000)), 1);
        connection.on("close", () => clearInterval(timer));
      }),
    );
    const { body } = await localNetwork().probe(`http://127.0.0.1:${port}/`, inTime);
    expect(body.length).toBeLessThanOrEqual(1024 * 1024);
    expect(body.length).toBeGreaterThan(500_000);
  });
});

describe("a lookup that fails", () => {
  it.each([
    ["ENOTFOUND", "no such host"],
    ["ENODATA", "no such host"],
    ["ECONNREFUSED", "no name server can be reached (connection refused)"],
    ["ETIMEOUT", "no name server responds (i/o timeout)"],
    ["ESERVFAIL", "the name server has failed (SERVFAIL)"],
    ["EREFUSED", "the name server refused the query (REFUSED)"],
    ["EAI_AGAIN", "temporary failure in name resolution: no name server responds, or it has failed"],
    ["ENEW", "getaddrinfo ENEW"],
  ])("with %s says what the name server did", async (code, reason) => {
    const failure = Object.assign(new Error(`getaddrinfo ${code}`), { code });
    const network = localNetwork(() => Promise.reject(failure));
    await expect(network.lookup("w1", inTime.signal)).rejects.toThrow(`lookup w1: ${reason}`);
  });
});

it("a port that only one address uses is in use for all addresses", async () => {
  const port = await listening(createServer());
  expect(await localNetwork().canListen(port)).toBe(false);
  expect(await localNetwork().canListen(port, "127.0.0.2")).toBe(true);
});

it("an address that is not this machine's cannot be listened on", async () => {
  expect(await localNetwork().canListen(18_081, "192.0.2.1")).toBe(false);
});
