import type { Flags } from "../../../kubeadm/flags/flag.ts";
import { defineCommand } from "../../line/command.ts";
import { reportSummary } from "../summaries.ts";

const reportFlags = {
  "output-file": {
    type: "string",
    usage: "Write the page to this file, with mode 0600, instead of to stdout.",
    offers: "files",
  },
} as const satisfies Flags;

/** `kubeadm report`. Upstream's program has no such command. */
export const reportCommand = defineCommand({
  ...reportSummary,
  argument: "[events-file]",
  long: `Reads the events that a run printed with "--output json" and writes one HTML page: what ran and when, checks, files, objects, requests and certificates, and, if the run failed, the cause, evidence and remedy.

The events come from the file, or from stdin if there is none or if it is "-". The page loads nothing and contains no script. Lines that aren't events are skipped, and the page says how many. If the events are of several runs, the page shows the last run.

"kubeadm init", "join", "reset", "upgrade apply", "upgrade node" and "doctor" write the same page with --report.`,
  example: `  # Keep the events of a run, and make a page of them on another machine:
  kubeadm join --config join.yaml --output json > events.ndjson
  kubeadm report < events.ndjson > report.html`,
  args: { kind: "at-most", count: 1 },
  flags: reportFlags,
  run: async (invocation) => (await import("./make-page.ts")).makePage(invocation, invocation.flags["output-file"]),
});
