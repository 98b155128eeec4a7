import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bunOfCheckout } from "../../scripts/pinned-bun.ts";
import { connectContainerRuntime } from "../../src/cri/grpc-container-runtime.ts";
import { memoryContainerRuntimes } from "../fixtures/cri/memory.ts";
import { type RuntimeEndpoints, runtimeCases } from "./container-runtime.contract.ts";
import { describedRuntimes, type RuntimeServers, startRuntimeServers } from "./container-runtime.fixture.ts";

describe("container runtimes in memory", () => {
  it.each(runtimeCases)("$name", async ({ run }) => {
    const entries = Object.entries(describedRuntimes()).map(([name, each]) => [`unix:///run/${name}.sock`, each]);
    const names = [...Object.keys(describedRuntimes()), "absent"].map((name) => [name, `unix:///run/${name}.sock`]);
    await run(memoryContainerRuntimes(Object.fromEntries(entries)), Object.fromEntries(names) as RuntimeEndpoints);
  });
});

describe("container runtimes over gRPC", () => {
  let servers: RuntimeServers;
  beforeEach(async () => {
    servers = await startRuntimeServers();
  });
  afterEach(() => servers.close());

  it.each(runtimeCases)("$name", ({ run }) => run(connectContainerRuntime, servers.endpoints));

  it("passes every case inside the compiled program's runtime too", async () => {
    const bun = bunOfCheckout();
    const script = fileURLToPath(new URL("container-runtime.on-bun.ts", import.meta.url));
    const child = promisify(execFile)(bun, ["run", script], {
      env: { ...process.env, RUNTIME_ENDPOINTS: JSON.stringify(servers.endpoints) },
    });
    const { stdout } = await child;
    expect(stdout.trim().split("\n")).toEqual(runtimeCases.map(({ name }) => `ok ${name}`));
  });
});
