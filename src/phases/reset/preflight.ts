import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { privilegedUser } from "../../kubeadm/preflight/machine.ts";
import { runChecks } from "../../kubeadm/preflight/run-checks.ts";
import type { Run } from "../../workflow/fact.ts";
import { defineResetPhase, type ResetContext } from "./context.ts";

export const preflight = defineResetPhase({
  name: "preflight",
  aliases: ["pre-flight"],
  summary: "Run reset pre-flight checks",
  description: "Ask for confirmation, and check whether the user has the privileges that reset needs.",
  flags: ["ignore-preflight-errors", "force", "dry-run"],
  reads: {},
  async run(_values, run) {
    if (!run.context.options.force) await confirm(run);
    await check(run);
  },
  dryRun: (_values, run) => check(run),
});

async function check({ context, events, signal }: Run<ResetContext>): Promise<void> {
  const { options, host, connectContainerRuntime } = context;
  events.emit("preflight.started", { subject: "node" });
  await runChecks([privilegedUser], {
    ignore: new Set(options.ignorePreflightErrors),
    ports: { ...host, connectContainerRuntime },
    events,
    signal,
  });
}

async function confirm({ context, events, signal }: Run<ResetContext>): Promise<void> {
  const message = "WARNING: Changes made to this host by 'kubeadm init' or 'kubeadm join' will be reverted.";
  events.emit("warning", { area: "reset", message });
  events.emit("reset.question", { question: "Are you sure you want to proceed?" });
  const answer = (await context.readLine(signal))?.toLowerCase();
  if (answer === "y" || answer === "yes") return;
  const refusal = "won't proceed; the user didn't answer (Y|y) in order to continue";
  throw new KubeadmError("RESET_NOT_CONFIRMED", refusal);
}
