/** What the root needs of `upgrade` without loading it. */
export const upgradeSummary = {
  name: "upgrade",
  short: "Upgrade a cluster to a newer version (upstream's program does this)",
} as const;
