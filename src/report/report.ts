import { reportPage } from "./page.ts";
import { readEvents } from "./read-events.ts";

/**
 * Returns the page of `kubeadm report`: of the lines that a run has printed with `-o json`. Lines that are no events are
 * left out, which the page says.
 *
 * @example
 * await writeFile("report.html", report(await readFile("events.ndjson", "utf8")), { mode: 0o600 });
 */
export function report(lines: string): string {
  const { events, problems } = readEvents(lines);
  return reportPage(events, problems);
}
