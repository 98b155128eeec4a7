import type { ShellCommand } from "../../values/shell.ts";
import { commandText, event, text } from "../entry.ts";

export const doctorEvents = {
  /** One check of `kubeadm doctor`. */
  "doctor.check": event<{
    check: string;
    group: string;
    /** The condition that holds if nothing is wrong. */
    title: string;
    state: "ok" | "warning" | "error" | "skipped";
    /** What was found to be in order, or why the check was skipped. */
    note?: string;
    /** Names of the checks whose findings probably caused these. */
    causes: readonly string[];
    findings: readonly {
      readonly severity: "warning" | "error";
      readonly finding: string;
      readonly evidence?: readonly string[];
      readonly remedy?: string;
      readonly commands?: readonly ShellCommand[];
      readonly decision?: string;
    }[];
  }>(
    {
      check: text,
      group: text,
      title: text,
      state: "error",
      note: text,
      causes: [text],
      findings: [
        { severity: "error", finding: text, evidence: [text], remedy: text, commands: [commandText], decision: text },
      ],
    },
    // The command prints them itself.
    () => [],
  ),

  /** `firstCause`: name of the check that found it. */
  "doctor.finished": event<{
    node: string;
    role: "none" | "worker" | "control-plane";
    server?: string;
    state: "ok" | "warning" | "error";
    firstCause?: string;
    /** What was not read because it is too large, one sentence each. */
    limits?: readonly string[];
  }>({ node: text, role: "worker", server: text, state: "error", firstCause: text, limits: [text] }, () => []),
};
