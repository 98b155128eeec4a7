/** What the list of commands says of `certs`; the rest is loaded when it is called. */
export const certsSummary = {
  name: "certs",
  aliases: ["certificates"],
  short: "Check, renew and request the certificates of a control plane",
} as const;
