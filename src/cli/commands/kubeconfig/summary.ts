/** What the list of commands says of `kubeconfig`; the rest is loaded when it is called. */
export const kubeconfigSummary = { name: "kubeconfig", short: "Make kubeconfigs for further users" } as const;
