/** What the list of commands says of `config`; the rest is loaded when it is called. */
export const configSummary = {
  name: "config",
  short: "Print, check and convert configuration, and list images",
} as const;
