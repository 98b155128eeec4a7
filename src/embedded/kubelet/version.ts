import { ownRelease } from "../../kubernetes/minors/releases.ts";

/** The release whose behavior the embedded kubelet has, and which it reports by default. */
export const kubeletVersion: string = ownRelease;
