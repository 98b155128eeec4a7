/** What the root needs of `reset` without loading it. */
export const resetSummary = {
  name: "reset",
  short: "Undo on this machine what 'kubeadm init' or 'kubeadm join' did",
} as const;
