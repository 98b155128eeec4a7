import { defineCommand } from "../../line/command.ts";
import { doctorSummary } from "../summaries.ts";
import { doctorFlags } from "./flags.ts";

/** `kubeadm doctor`. Upstream's program has no such command. */
export const doctorCommand = defineCommand({
  ...doctorSummary,
  argument: "[check]...",
  long: `Finds out why this machine is not a working node of its cluster: before a join, after one that failed, or weeks later. It changes nothing unless --fix or --undo is given, and ends within three seconds.

Each check is one line: a check mark if it passed, "!" for a warning, a cross for an error, "-" if it was skipped, with the reason. An error keeps the node out of its cluster, a warning may do so later. The findings follow, each cause before its consequences, with the evidence and the commands that fix it. The last lines name the first cause.

Without root, checks whose files cannot be read are skipped. With names of checks as arguments, only these are made.

With --fix it makes those fixes that are safe: it starts, enables and unmasks the services of the kubelet and the container runtime, restarts a kubelet whose Node is missing, turns swap off until the next boot, sets kernel parameters, and takes permissions away from keys. It asks first, and --undo takes back all of it but the restart, the latest first. What others have changed since stays as it is.

The exit status is 1 if there is an error, and 0 otherwise. Warnings alone do not change it: the node works, and a script that waits for it must not fail because a certificate ends in two weeks. With -o jsonpath='{.state}' it prints ok only if nothing was found.`,
  example: `  # Why is this node not in the cluster?
  sudo kubeadm doctor

  # Fix what is safe to fix, of one check
  sudo kubeadm doctor --fix kubelet-enabled

  # For a program: the name of the check that found the first cause
  sudo kubeadm doctor -o jsonpath='{.firstCause}'`,
  args: { kind: "any" },
  flags: doctorFlags,
  run: async (invocation) => (await import("./run.ts")).runDoctor(invocation),
});
