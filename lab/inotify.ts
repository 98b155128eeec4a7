import { readFileSync, writeFileSync } from "node:fs";

const path = "/proc/sys/fs/inotify/max_user_instances";
/** A host's systemd, containerd, kubelet and control plane take some thirty. Linux' default of 128 is four hosts. */
const enough = 4_096;

/**
 * Lets the hosts have as many file watchers as they need: they share the limit of the machine's root, and without one a
 * kubelet ends with "inotify_init: too many open files". Only ever raised; it stays raised until the machine starts anew.
 */
export function allowWatchers(): void {
  if (Number(readFileSync(path, "utf8")) >= enough) return;
  writeFileSync(path, `${enough}\n`);
}
