// Why the kubelet has created no container for a static Pod.
import type { ContainerRuntime } from "../../cri/container-runtime.ts";
import { errorCatalogue } from "../../errors/catalogue.ts";
import { foreignLines } from "../../errors/printable-text.ts";
import { shell } from "../../values/shell.ts";
import { klogError } from "../kubelet/klog-error.ts";
import { type KubeletFailure, kubeletCondition, kubeletFailure } from "../kubelet/kubelet-failure.ts";
import { kubeletService } from "../kubelet/kubelet-service.ts";
import { readManifestContainer } from "./component-endpoints.ts";
import { callTimeoutMs, type Diagnosis, type DiagnosisPorts } from "./diagnosis.ts";
import type { StaticPodName } from "./write-manifest.ts";

/** Diagnosis without a container: the image is missing, or the kubelet does not start the Pod. */
export async function diagnoseMissing(
  component: StaticPodName,
  runtime: ContainerRuntime,
  ports: DiagnosisPorts,
): Promise<Diagnosis> {
  const { image } = await readManifestContainer(component, ports.files);
  const hasImage = await runtime.hasImage(image, { signal: ports.signal, timeoutMs: callTimeoutMs });
  const complaints = await kubeletLines(component, ports);
  const journal = complaints.slice(-shownJournalLines);
  const said = kubeletError(journal.at(-1) ?? "");
  const because = said === "" ? "" : `: ${said}`;
  if (!hasImage) {
    const remedy =
      `Get it with \`kubeadm config images pull\` or \`${shell`crictl pull ${image}`}\`; without a network, save it elsewhere and load it: ` +
      "`ctr -n k8s.io images import FILE`.";
    const reason = `the image ${image} is not on this machine${because}`;
    const isFinal = failedPulls(complaints) >= finalPullFailures;
    return { code: "CONTROL_PLANE_IMAGE_MISSING", reason, remedy, lines: journal, isFinal };
  }
  const trouble = await kubeletFailure(ports.services, ports.signal);
  if (trouble !== undefined) return exitingKubelet(trouble, ports);
  const condition = await kubeletCondition(ports.services, ports.signal);
  const stopped = condition?.runs === false ? condition : undefined;
  const kubelet = stopped === undefined ? "" : `; ${stopped.summary}`;
  const reason = `the kubelet has not created a container for ${component}${kubelet}${because}`;
  const lines = journal.length > 0 ? journal : (condition?.journal ?? []);
  // Nothing restarts a service that was stopped.
  const isFinal = stopped !== undefined;
  const remedy = stopped?.installed === true ? { remedy: startKubelet } : {};
  return { code: "CONTROL_PLANE_NOT_STARTED", reason, ...remedy, lines, isFinal };
}

const startKubelet =
  "The kubelet was stopped: start it with `systemctl start kubelet`; `journalctl -u kubelet` shows why it stopped.";

/** Diagnosis of a kubelet that was healthy and now exits. */
async function exitingKubelet(
  { reason, error }: KubeletFailure,
  { services, signal }: DiagnosisPorts,
): Promise<Diagnosis> {
  const condition = await kubeletCondition(services, signal);
  const { code, remedy } = error ?? {
    code: "KUBELET_UNHEALTHY" as const,
    remedy: errorCatalogue.KUBELET_UNHEALTHY.remedy,
  };
  return { code, reason, remedy, lines: condition?.journal ?? [], isFinal: error !== undefined };
}

/** The kubelet logs about ten lines a second while the API server does not respond; few are about one Pod. */
const journalLines = 1_000;
const shownJournalLines = 5;

/** Returns the kubelet's last log lines about problems with a component's Pod. */
async function kubeletLines(
  component: StaticPodName,
  { nodeName, services, signal }: DiagnosisPorts,
): Promise<readonly string[]> {
  if ((await services.manager()) === "none") return [];
  const lines = await services.journal(kubeletService, { lines: journalLines, signal });
  const own = foreignLines(lines).filter(
    (line) => /\b[EW]\d{4} /.test(line) && line.includes(`${component}-${nodeName}`) && !aboutReports.test(line),
  );
  return own;
}

/** What the kubelet cannot tell the API server about a Pod does not keep the Pod from running. */
const aboutReports = /\b(status_manager|event)\.go:|\bmirror pod\b/i;

/** The kubelet retries a pull after ten seconds, then after twenty: two failures are not a temporary problem. */
const finalPullFailures = 2;

/**
 * Counts failed pulls of the running kubelet, by the process ID in its lines; ImagePullBackOff lines are pauses, not
 * pulls.
 */
function failedPulls(lines: readonly string[]): number {
  const processOf = (line: string) => /\bE\d{4} \S+ +(\d+) /.exec(line)?.[1];
  const failed = lines.filter((line) => line.includes("Error syncing pod") && line.includes("with ErrImagePull"));
  return failed.filter((line) => processOf(line) === processOf(lines.at(-1) ?? "")).length;
}

/** Returns the error of a line of the kubelet's log, without the prefix that all failed pulls share. */
function kubeletError(line: string): string {
  const error = klogError(line) ?? line;
  return /ErrImagePull: "?(.*?)"?$/.exec(error)?.[1]?.replaceAll('\\"', '"') ?? error;
}
