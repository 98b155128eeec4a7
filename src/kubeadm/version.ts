import { ownMinor } from "../kubernetes/minors/minors.ts";
import { ownRelease } from "../kubernetes/minors/releases.ts";

/** The upstream release whose behavior this program has, with a leading v. `kubeadm version` reports it. */
export const kubernetesVersion: string = ownRelease;

export const kubernetesMajor = 1;
export const kubernetesMinor: number = ownMinor.number;

export const programName = "kubeadm-ts";

/** The version of this package, as in package.json. */
export const programVersion = "1.0.0";

/** The User-Agent for API servers, in upstream's form, so that audit rules that match it still work. */
export const userAgent = `kubeadm/${kubernetesVersion} (linux) ${programName}/${programVersion}`;
