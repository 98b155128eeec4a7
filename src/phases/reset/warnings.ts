import { goQuote } from "../../go/quote.ts";
import { defaultCertificatesDirectory } from "../../kubeadm/paths.ts";
import type { Run } from "../../workflow/fact.ts";
import type { ResetContext } from "./context.ts";

type ResetRun = Pick<Run<ResetContext>, "context" | "events">;

export function warn({ events }: ResetRun, message: string): void {
  events.emit("warning", { area: "reset", message });
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
