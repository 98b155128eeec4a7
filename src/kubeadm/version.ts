import { ownMinor } from "../kubernetes/minors/minors.ts";
import { ownRelease } from "../kubernetes/minors/releases.ts";
import { parseSemanticVersion } from "../kubernetes/semantic-version.ts";

/** The upstream release whose behavior this program has, with a leading v. `kubeadm version` reports it. */
export const kubernetesVersion: string = ownRelease;

export const kubernetesMajor = 1;
export const kubernetesMinor: number = ownMinor.number;

/** The oldest minor version of a control plane that this program deploys. */
export const oldestControlPlaneMinor: number = kubernetesMinor - 1;

/** A pre-release tolerates one that is a minor version older, same as upstream. */
export const oldestToleratedMinor: number =
  parseSemanticVersion(kubernetesVersion)?.preRelease === "" ? oldestControlPlaneMinor : oldestControlPlaneMinor - 1;

export const programName = "kubeadm-ts";

/** The version of this package, as in package.json. */
export const programVersion = "1.0.0";

/** The User-Agent for API servers, in upstream's form, so that audit rules that match it still work. */
export const userAgent = `kubeadm/${kubernetesVersion} (linux) ${programName}/${programVersion}`;
