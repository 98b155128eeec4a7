/** What the list of commands says of `token`; the rest is loaded when it is called. */
export const tokenSummary = { name: "token", short: "Manage the bootstrap tokens that nodes join with" } as const;
