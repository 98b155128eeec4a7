import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bunOfCheckout } from "../../scripts/pinned-bun.ts";
import { connectHttps } from "../../src/cluster/https.ts";
import { transportCases } from "./transport.contract.ts";
import { startTransportFixture } from "./transport.fixture.ts";
import type { TransportFixture } from "./transport-case.ts";

let fixture: TransportFixture & { close(): Promise<void> };
beforeAll(async () => {
  fixture = await startTransportFixture();
});
afterAll(() => fixture.close());

describe("the transport on node:https", () => {
  it.each(transportCases)("$name", ({ run }) => run(connectHttps, fixture));
});

describe("the transport on the compiled program's fetch", () => {
  it("passes every case inside that runtime, in an environment that would rather not verify", async () => {
    const bun = bunOfCheckout();
    const script = fileURLToPath(new URL("transport.on-bun.ts", import.meta.url));
    const environment = {
      ...process.env,
      NODE_TLS_REJECT_UNAUTHORIZED: "0",
      HTTPS_PROXY: fixture.proxy,
      https_proxy: fixture.proxy,
    };
    const child = promisify(execFile)(bun, ["run", script], {
      env: { ...environment, TRANSPORT_FIXTURE: JSON.stringify(fixture) },
    });
    const { stdout } = await child;
    expect(stdout.trim().split("\n")).toEqual(transportCases.map(({ name }) => `ok ${name}`));
  });
});
