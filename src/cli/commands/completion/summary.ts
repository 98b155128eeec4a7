/** What the root needs of `completion` without loading it. */
export const completionSummary = {
  name: "completion",
  short: "Print the script that completes kubeadm's command lines in a shell",
} as const;
