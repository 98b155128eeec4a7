import { errorCatalogue } from "../errors/catalogue.ts";
import { messageOf } from "../errors/kubeadm-error.ts";
import { foreignText } from "../errors/printable-text.ts";
import type { Event } from "../events/event.ts";
import type { Events } from "../events/events.ts";
import type { Flags } from "../kubeadm/flags/flag.ts";
import { filePath, machineOf } from "./commands/machine.ts";
import type { Invocation } from "./line/command.ts";
import { type Redact, redactedJson } from "./render/redact.ts";

/** Collects the events of a run for the page of --report. */
export interface ReportFile {
  record(event: Event): void;
  /**
   * Writes the page, with mode 0600 and completely or not at all. `events` get what became of it: a file that cannot be
   * written is a warning, since the run itself is over.
   */
  write(events: Events): Promise<void>;
}

/** The file of --report; undefined without the flag. The code of the page is loaded when it is written. */
export function reportFile(invocation: Invocation<Flags>, redact: Redact): ReportFile | undefined {
  const given = invocation.flags["report"];
  if (typeof given !== "string" || given === "") return undefined;
  const lines: string[] = [];
  return {
    record: (event) => void lines.push(redactedJson(event, redact)),
    write: async (events) => {
      try {
        const path = await writePage(given, lines, invocation);
        events.emit("report.written", { path });
      } catch (error) {
        events.emit("warning", {
          area: "report",
          message: `could not write the report: ${foreignText(messageOf(error))}`,
          code: "REPORT_NOT_WRITTEN",
          more: [errorCatalogue.REPORT_NOT_WRITTEN.remedy],
        });
      }
    },
  };
}

/** A dry run writes this file too. */
async function writePage(given: string, lines: readonly string[], invocation: Invocation<Flags>): Promise<string> {
  const [{ report }, { files }] = await Promise.all([import("../report/report.ts"), machineOf(invocation)]);
  const path = filePath(given, invocation);
  await files.write(path, report(lines.join("\n")), { mode: 0o600, secret: true, own: true });
  return path;
}
