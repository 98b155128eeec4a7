// A join whose events become structured logs on stdout and OpenTelemetry spans.
//
//   node examples/telemetry/main.ts
//   node --import ./examples/telemetry/print-spans.ts examples/telemetry/main.ts    # prints the spans, too
//
// Instead of print-spans.ts, a program of your own sets up an SDK of OpenTelemetry, which exports them.
//
// It joins a machine of an embedded cluster. On a machine of your own, leave `ports` out and run it as root.
import { clusterToJoin } from "../support/cluster-to-join.ts";
import { observedJoin } from "./observed-join.ts";

await using stage = await clusterToJoin();
// A kubelet that takes a while to start, so that there is a wait to see.
const { ports } = await stage.cluster.machine("w1", { kubelet: { startDelayMs: 3000 } });
await observedJoin({ flags: stage.flags, ports }, console.log);
