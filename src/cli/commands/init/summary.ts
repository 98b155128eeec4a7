/** What the root needs of `init` without loading it. */
export const initSummary = {
  name: "init",
  short: "Run this on a machine that is to become a new cluster's first control plane",
} as const;
