import type { Dependency } from "./dependencies.ts";
import type { Release } from "./release.ts";
import type { Runtime } from "./runtime.ts";
import type { RuntimePackage } from "./sbom.ts";
import type { HashedFile } from "./sums.ts";

/**
 * Returns what was built, from what and how: a Statement of in-toto v1 with SLSA's provenance v1
 * (https://slsa.dev/spec/v1.0/provenance). It has no times of the run, which differ between two equal builds.
 */
export function provenance(
  { version, commit, treeState, epoch, architectures, compression }: Release,
  {
    files,
    dependencies,
    runtime,
    packages,
  }: {
    readonly files: readonly HashedFile[];
    readonly dependencies: readonly Dependency[];
    readonly runtime: Runtime;
    readonly packages: readonly RuntimePackage[];
  },
): string {
  const statement = {
    _type: "https://in-toto.io/Statement/v1",
    subject: files.map(({ name, sha256 }) => ({ name, digest: { sha256 } })),
    predicateType: "https://slsa.dev/provenance/v1",
    predicate: {
      buildDefinition: {
        buildType: "urn:kubeadm-ts:npm-run-release:v1",
        externalParameters: {
          command: "npm run release",
          version: version.own,
          kubernetes: version.kubernetes,
          architectures,
        },
        internalParameters: { SOURCE_DATE_EPOCH: String(epoch), compression, treeState },
        resolvedDependencies: [
          { name: "kubeadm-ts", digest: { gitCommit: commit } },
          ...packages.map(({ name, sha512 }) => npmPackage(name, runtime.version, sha512)),
          ...dependencies.map(({ name, version: own, sha512 }) => npmPackage(name, own, sha512)),
        ],
      },
      runDetails: { builder: { id: "urn:kubeadm-ts:signer-of-SHA256SUMS" } },
    },
  };
  return `${JSON.stringify(statement, null, 2)}\n`;
}

function npmPackage(name: string, version: string, sha512: string): object {
  return { uri: `pkg:npm/${name.replace("@", "%40")}@${version}`, digest: { sha512 } };
}
