// Run by grpc-clients.ts inside the compiled program's runtime: a request as JSON on each line, its outcomes on another.
import { createInterface } from "node:readline";
import { outcomesOf, type Request } from "./grpc-client.ts";

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await outcomesOf(JSON.parse(line) as Request)));
}
