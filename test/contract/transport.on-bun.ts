// Run by transport.test.ts inside the compiled program's runtime: the same cases over the other adapter.
import { connectHttps } from "../../src/cluster/https.ts";
import { transportCases } from "./transport.contract.ts";
import type { TransportFixture } from "./transport-case.ts";

const fixture = JSON.parse(process.env["TRANSPORT_FIXTURE"] ?? "{}") as TransportFixture;
for (const { name, run } of transportCases) {
  try {
    await run(connectHttps, fixture);
    console.log(`ok ${name}`);
  } catch (error) {
    console.log(`failed ${name}: ${error instanceof Error ? error.stack : String(error)}`);
  }
}
process.exit(0);
