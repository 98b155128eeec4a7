/** The version of the packages for Debian and for RPM: Kubernetes' version, then our own. See docs/adr/0022. */
export interface PackageVersion {
  /** Kubernetes' version without the v. */
  readonly kubernetes: string;
  /** This project's own version, as in package.json. */
  readonly own: string;
  readonly debian: string;
  readonly rpm: { readonly version: string; readonly release: string };
}

/**
 * More than the release of any of Kubernetes' own RPM packages: these begin with the number of a SUSE version, such as
 * 150500. RPM ranks letters below digits, so that "ts" alone would rank below them. Debian ranks letters above digits.
 */
const rpmRank = 1_000_000;

export function packageVersion(kubernetes: string, own: string): PackageVersion {
  const plain = kubernetes.replace(/^v/, "");
  // A pre-release comes before its release. A hyphen would end the version, and begin the revision, too early.
  const ours = `ts${own.replace("-", "~").replaceAll("-", ".")}`;
  return {
    kubernetes: plain,
    own,
    debian: `${plain}-${ours}`,
    rpm: { version: plain, release: `${rpmRank}.${ours}` },
  };
}
