// Run by transport.test.ts inside the compiled program's runtime: the same cases over the other adapter.
import { connectHttpsByFetch } from "../../src/cluster/https-bun.ts";
import { type TransportFixture, transportCases } from "./transport.contract.ts";

// As bin/kubeadm.ts does: the proxy to use is given with each connection, never taken from the environment.
for (const name of Object.keys(process.env)) if (/^(https?|all)_proxy$/i.test(name)) delete process.env[name];

const fixture = JSON.parse(process.env["TRANSPORT_FIXTURE"] ?? "{}") as TransportFixture;
for (const { name, run } of transportCases) {
  try {
    await run(connectHttpsByFetch, fixture);
    console.log(`ok ${name}`);
  } catch (error) {
    console.log(`failed ${name}: ${error instanceof Error ? error.stack : String(error)}`);
  }
}
process.exit(0);
