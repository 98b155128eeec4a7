// Run by etcd.test.ts inside the compiled program's runtime: the same cases over the other adapter.
import { etcdBy } from "../../src/etcd/grpc-etcd.ts";
import { localTlsSockets } from "../../src/sockets/local-tls-sockets.ts";
import { type EtcdClusters, etcdCases } from "./etcd.contract.ts";

const clusters = JSON.parse(process.env["ETCD_CLUSTERS"] ?? "{}") as EtcdClusters;
for (const { name, run } of etcdCases) {
  try {
    await run(etcdBy(localTlsSockets), clusters);
    console.log(`ok ${name}`);
  } catch (error) {
    console.log(`failed ${name}: ${error instanceof Error ? error.stack : String(error)}`);
  }
}
process.exit(0);
