import { defineCommand } from "../../line/command.ts";
import { doctorSummary } from "../summaries.ts";
import { doctorFlags } from "./flags.ts";

/** `kubeadm doctor`. Upstream's program has no such command. */
export const doctorCommand = defineCommand({
  ...doctorSummary,
  argument: "[check]...",
  long: `Diagnoses why this node isn't working: before a join, after a failed join, or weeks later. It changes nothing unless you pass --fix or --undo, and finishes within three seconds.

Each check prints one line: a check mark if it passed, "!" for a warning, a cross for an error, "-" with the reason if it was skipped. An error keeps the node from working; a warning may become an error later. The findings follow, causes before consequences, with evidence and the commands that fix them. The last lines name the first cause.

Without root, checks whose files cannot be read are skipped. To run only some of the checks, pass their names.

--fix applies the fixes that are safe: it starts, enables and unmasks the services of the kubelet and the container runtime, restarts a kubelet whose Node is missing, turns swap off until the next boot, sets kernel parameters, and tightens the permissions of keys. It asks for confirmation first. --undo reverts everything except the restart, most recent first. Whatever was changed since then is left alone.

The exit status is 1 if there is an error, and 0 otherwise. Warnings alone don't change it: the node works, and a script that waits for it must not fail because a certificate expires in two weeks. With -o jsonpath='{.state}' it prints ok only if nothing was found.`,
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
