import type { ErrorCode } from "../../errors/catalogue.ts";
import { goQuote } from "../../go/quote.ts";
import { defaultCertificatesDirectory } from "../../kubeadm/paths.ts";
import type { Emptied } from "../../kubeadm/reset/empty-directory.ts";
import { defined } from "../../values/defined.ts";
import { shell } from "../../values/shell.ts";
import type { Run } from "../../workflow/fact.ts";
import { outcome, type ResetContext } from "./context.ts";

type ResetRun = Pick<Run<ResetContext>, "context" | "events">;

/** `code`: of a failure that does not end the run. */
export function warn({ events }: ResetRun, message: string, code?: ErrorCode): void {
  events.emit("warning", { area: "reset", message, ...defined({ code }) });
}

export function warnOfNoServiceManager(run: ResetRun): void {
  warn(run, "The kubelet service could not be stopped by kubeadm. Unable to detect a supported init system!");
  warn(run, "Please ensure kubelet is stopped manually");
}

export function warnOfCertificatesDirectory(run: ResetRun): void {
  const { certificatesDirectory } = run.context.options;
  if (certificatesDirectory === defaultCertificatesDirectory) return;
  warn(run, `WARNING: Cleaning a non-default certificates directory: ${goQuote(certificatesDirectory)}`);
}

/** Warns that something is still in the directory, and adds all of it to the leftovers of the closing message. */
export async function emitEmptied(
  directory: string,
  emptied: Emptied,
  { events, value }: Run<ResetContext>,
): Promise<void> {
  const { removed, kept, failures } = emptied;
  const found = await value(outcome);
  if (removed > 0) found.foundTraces = true;
  const [first] = failures;
  if (first !== undefined) {
    const warning = `Failed to delete contents of ${goQuote(directory)} directory: ${first.message}`;
    events.emit("warning", { area: "reset", message: warning });
  }
  for (const { path } of failures) {
    found.remains.push({ what: `not deleted: ${path}`, command: shell`rm -rf ${path}` });
  }
  for (const path of kept) {
    const warning = `${path} is a mount point: it was left unchanged, with its contents`;
    events.emit("warning", { area: "reset", message: warning });
    const command = shell`umount ${path} && rmdir ${path}`;
    found.remains.push({ what: `mounted at ${path}`, command });
  }
}
