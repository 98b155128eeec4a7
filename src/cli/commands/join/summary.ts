/** What the root needs of `join` without loading it. */
export const joinSummary = {
  name: "join",
  short: "Run this on a machine that is to become a node of an existing cluster",
} as const;
