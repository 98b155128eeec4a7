/** The two kinds of distribution, by their packages. */
export type Family = "debian" | "rpm";
