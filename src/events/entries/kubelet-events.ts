import { formatDuration } from "../../go/duration.ts";
import { goQuote } from "../../go/quote.ts";
import { event, text } from "../entry.ts";
import { log, progress } from "../line.ts";

export interface UnmanagedKubelet {
  readonly reason: "no-service-manager" | "no-service";
  readonly action: "start" | "stop";
}

export const kubeletEvents = {
  "kubelet.configuration.writing": event<{ path: string }>({ path: text }, ({ path }) =>
    progress("kubelet-start", `Writing kubelet configuration to file ${goQuote(path)}`),
  ),

  "kubelet.environment.writing": event<{ path: string }>({ path: text }, ({ path }) =>
    progress("kubelet-start", `Writing kubelet environment file with flags to file ${goQuote(path)}`),
  ),

  "kubelet.starting": event({}, () => progress("kubelet-start", "Starting the kubelet")),

  /** There is no service manager, or no kubelet service: the operator must do what `action` says. */
  "kubelet.service.unmanaged": event<UnmanagedKubelet>({ reason: "no-service", action: "start" }, (event) =>
    progress("kubelet-start", unmanagedText(event)),
  ),

  "kubelet.start.failed": event({}, () =>
    progress("kubelet-start", "Please ensure kubelet is reloaded and running manually."),
  ),

  "kubelet.health.waiting": event<{ url: string; timeoutMs: number }>(
    { url: text, timeoutMs: 1 },
    ({ url, timeoutMs }) =>
      progress(
        "kubelet-check",
        `Waiting for a healthy kubelet at ${url}. This can take up to ${formatDuration(timeoutMs)}`,
      ),
  ),

  "kubelet.health.skipped": event({}, () =>
    progress("kubelet-check", "Skipping the kubelet health check because the healthz port is set to 0"),
  ),

  "kubelet.health.reached": event<{ durationMs: number }>({ durationMs: 1 }, ({ durationMs }) =>
    progress("kubelet-check", `The kubelet is healthy after ${formatDuration(durationMs)}`),
  ),

  "kubelet.health.missed": event<{ durationMs: number }>({ durationMs: 1 }, ({ durationMs }) =>
    progress("kubelet-check", `The kubelet is not healthy after ${formatDuration(durationMs)}`),
  ),

  "kubelet.bootstrap.waiting": event({}, () =>
    progress("kubelet-start", "Waiting for the kubelet to perform the TLS Bootstrap"),
  ),

  /** The kubelet's client certificate was requested by this program and is in place before the kubelet starts. */
  "kubelet.certificate.issued": event<{ csr: string }>({ csr: text }, ({ csr }) =>
    log(1, "kubelet-start", `the cluster issued the certificate of ${csr}`),
  ),

  /** What an operator should check when the kubelet does not start. */
  "kubelet.advice": event<{ lines: readonly string[] }>({ lines: [`\t${text}`] }, ({ lines }) =>
    ["", ...lines, ""].map((text) => ({ kind: "progress", text })),
  ),

  "kubelet.kubeconfig.updating": event<{ path: string }>({ path: text }, ({ path }) =>
    progress(
      "kubelet-finalize",
      `Updating ${goQuote(path)} to point to a rotatable kubelet client certificate and key`,
    ),
  ),
};

function unmanagedText({ reason, action }: UnmanagedKubelet): string {
  const consequence =
    action === "start"
      ? "make sure the kubelet is running properly."
      : "make sure the kubelet not running for a short period of time while setting up configuration for it.";
  return reason === "no-service-manager"
    ? `No supported init system detected, won't ${consequence}`
    : `Couldn't detect a kubelet service, can't ${consequence}`;
}
