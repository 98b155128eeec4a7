// Run by container-runtime.test.ts inside the compiled program's runtime: the same cases over the same adapter.
import { connectContainerRuntime } from "../../src/cri/grpc-container-runtime.ts";
import { type RuntimeEndpoints, runtimeCases } from "./container-runtime.contract.ts";

const endpoints = JSON.parse(process.env["RUNTIME_ENDPOINTS"] ?? "{}") as RuntimeEndpoints;
for (const { name, run } of runtimeCases) {
  try {
    await run(connectContainerRuntime, endpoints);
    console.log(`ok ${name}`);
  } catch (error) {
    console.log(`failed ${name}: ${error instanceof Error ? error.stack : String(error)}`);
  }
}
