import { readFileSync, writeFileSync } from "node:fs";

const path = "/proc/sys/fs/inotify/max_user_instances";
/**
 * A host's systemd, containerd, kubelet and control plane need about thirty. Linux's default of 128 is enough for four
 * hosts.
 */
const enough = 4_096;

/**
 * Allows the hosts as many inotify instances as they need: they share the limit of the machine's root, and a kubelet
 * that gets none ends with "inotify_init: too many open files". Only ever raised; the limit stays raised until the
 * machine reboots.
 */
export function allowWatchers(): void {
  if (Number(readFileSync(path, "utf8")) >= enough) return;
  writeFileSync(path, `${enough}\n`);
}
