/** Everything of this program's own that a run keeps on the machine; mode 0700, gone when the run ends well. */
export const journalDirectory = "/var/lib/kubeadm";
export const journalPath = `${journalDirectory}/journal.json`;
/** Copies of the files that a run overwrites. */
export const copiesDirectory = `${journalDirectory}/copies`;
