// Joins some of the workers in a thread of its own: two hundred clients in one thread would wait for each other, and not for
// the cluster.
import { parentPort, workerData } from "node:worker_threads";
import { type Cluster, joinWorker } from "./worker.ts";

export interface Joiners {
  readonly names: readonly string[];
  readonly cluster: Cluster;
}

const { names, cluster } = workerData as Joiners;
// Each loads its code before it tells that it is ready, so that all begin at the same time.
const started = new Promise((resolve) => parentPort?.once("message", resolve));
await import("../../src/phases/join/join.ts");
parentPort?.postMessage("ready");
await started;
parentPort?.postMessage(await Promise.all(names.map((name) => joinWorker(name, cluster))));
