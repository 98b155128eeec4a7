import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bunOfCheckout } from "../../scripts/pinned-bun.ts";
import { localTlsSockets } from "../../src/sockets/local-tls-sockets.ts";
import { tlsCases } from "./tls-sockets.contract.ts";
import { startTlsServers } from "./tls-sockets.fixture.ts";

let fixture: Awaited<ReturnType<typeof startTlsServers>>;
beforeAll(async () => {
  fixture = await startTlsServers();
});
afterAll(() => fixture.close());

describe("TLS sockets by node:tls", () => {
  it.each(tlsCases)("$name", ({ run }) => run(localTlsSockets, fixture.servers));
});

it("TLS sockets of the compiled program's runtime keep every promise too", async () => {
  const bun = bunOfCheckout();
  const script = fileURLToPath(new URL("tls-sockets.on-bun.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(bun, ["run", script], {
    env: { ...process.env, TLS_SERVERS: JSON.stringify(fixture.servers) },
  });
  expect(stdout.trim().split("\n")).toEqual(tlsCases.map(({ name }) => `ok ${name}`));
});
