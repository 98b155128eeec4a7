/** What a bootstrap token is like where nothing else is said. */
export const defaultTokenTtlMs = 24 * 3_600_000;
export const tokenUsages = ["signing", "authentication"] as const;
export const defaultTokenGroup = "system:bootstrappers:kubeadm:default-node-token";
