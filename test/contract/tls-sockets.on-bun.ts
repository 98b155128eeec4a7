// Run by tls-sockets.test.ts inside the compiled program's runtime: the same cases over the other adapter.
import { localTlsSockets } from "../../src/sockets/local-tls-sockets.ts";
import { type TlsServers, tlsCases } from "./tls-sockets.contract.ts";

const servers = JSON.parse(process.env["TLS_SERVERS"] ?? "{}") as TlsServers;
for (const { name, run } of tlsCases) {
  try {
    await run(localTlsSockets, servers);
    console.log(`ok ${name}`);
  } catch (error) {
    console.log(`failed ${name}: ${error instanceof Error ? error.stack : String(error)}`);
  }
}
process.exit(0);
