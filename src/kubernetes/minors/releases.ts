/**
 * The minor versions that this program knows, oldest first, each by the release that its data is from. To add one, add its
 * release here and run `npm run generate:minors`.
 */
export const releases = ["1.34.4", "1.35.4", "1.36.3", "1.37.2"] as const;

/** The release whose behavior this program has, with a leading v. */
export const ownRelease = "v1.37.2";
