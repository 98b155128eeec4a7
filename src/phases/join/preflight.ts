import { defineJoinPhase } from "./context.ts";
import { bootstrapKubeconfig } from "./facts.ts";

export const preflight = defineJoinPhase({
  name: "preflight",
  summary: "Run join pre-flight checks",
  description: "Check whether this machine can join, and read the cluster's configuration, before anything is changed.",
  flags: [
    "config",
    "ignore-preflight-errors",
    "discovery",
    "control-plane",
    "apiserver-advertise-address",
    "apiserver-bind-port",
    "cri-socket",
    "node-name",
    "certificate-key",
    "dry-run",
  ],
  takesArgument: true,
  reads: {},
  async run(_values, run) {
    run.events.emit("preflight.started", { subject: "node" });
    await run.value(bootstrapKubeconfig);
  },
});
