/**
 * The minor versions that this program knows, oldest first, each by the release that its data is from. To add one, add its
 * release here and run `npm run generate:minors`.
 */
export const releases = ["1.34.4", "1.35.4", "1.36.3", "1.37.2", "1.38.0-beta.0"] as const;

/** Set by `scripts/build.ts --release`, and by tests of another release than the one that is shipped. */
declare const KUBEADM_RELEASE: string;

/** The release whose behavior this program has, with a leading v. What differs between releases is in by-hand.ts. */
export const ownRelease: string = typeof KUBEADM_RELEASE === "undefined" ? "v1.37.2" : KUBEADM_RELEASE;
