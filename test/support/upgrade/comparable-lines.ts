// What upgrades print, without what differs from run to run.
import { stripVTControlCharacters } from "node:util";

/** Replaces the times and numbers in the names of backups by `T0` and `<NUMBER>`. */
export function maskTimes(text: string): string {
  return text
    .replaceAll(/(kubeadm-(?:backup-manifests|backup-etcd|kubelet-config))-\d{4}(?:-\d\d){5}/g, "$1-T0")
    .replaceAll(/(kubeadm-upgraded-manifests)\d+/g, "$1<NUMBER>");
}

/** SystemVerification's report about the machine. */
const machineReport = /^(?:\[preflight\] The system verification|[A-Z][A-Z0-9_]*: )/;

/** Returns the lines that scripts look for. */
export function comparableLines(text: string): readonly string[] {
  return maskTimes(text)
    .split("\n")
    .filter((line) => !machineReport.test(stripVTControlCharacters(line)));
}

const linesOfWaits: readonly RegExp[] = [/^\[apiclient\] Found/, /^\[upgrade\/etcd\]/];

/**
 * Without the lines of waits and of etcd, which the program words itself; components that restart in parallel are in
 * any order.
 */
export function linesLikeUpstreams(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => !linesOfWaits.some((pattern) => pattern.test(line))).toSorted();
}
