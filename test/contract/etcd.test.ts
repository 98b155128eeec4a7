import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bunOfCheckout } from "../../scripts/pinned-bun.ts";
import { etcdBy } from "../../src/etcd/grpc-etcd.ts";
import { localTlsSockets } from "../../src/sockets/local-tls-sockets.ts";
import { etcdCases } from "./etcd.contract.ts";
import { startEtcdClusters } from "./etcd.fixture.ts";

describe("etcd over gRPC by node:tls", () => {
  let fixture: Awaited<ReturnType<typeof startEtcdClusters>>;
  beforeAll(async () => {
    fixture = await startEtcdClusters();
  });
  afterAll(() => fixture.close());

  it.each(etcdCases)("$name", ({ run }) => run(etcdBy(localTlsSockets), fixture.clusters));
});

it("etcd over gRPC keeps every promise inside the compiled program's runtime too", async () => {
  const fixture = await startEtcdClusters();
  const bun = bunOfCheckout();
  const script = fileURLToPath(new URL("etcd.on-bun.ts", import.meta.url));
  try {
    const { stdout } = await promisify(execFile)(bun, ["run", script], {
      env: { ...process.env, ETCD_CLUSTERS: JSON.stringify(fixture.clusters) },
    });
    expect(stdout.trim().split("\n")).toEqual(etcdCases.map(({ name }) => `ok ${name}`));
  } finally {
    await fixture.close();
  }
});
