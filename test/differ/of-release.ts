// The cases are written for one release; for another, their versions are moved by as many minor versions.
import type { DifferCase } from "./case.ts";

/** The release that the cases are written for. */
export const writtenFor = "1.37.2";

/** The case with the versions of a release, and a kubelet and a cluster of it; its name stays. */
export function caseOf(input: DifferCase, release: string): DifferCase {
  const { name } = input;
  const shifted = JSON.parse(asOf(JSON.stringify(input), release)) as DifferCase;
  const kubelet = { "/run/stage/kubelet-version": `Kubernetes v${release}\n` };
  const { world } = shifted;
  const apiServer = world?.apiServer;
  return {
    ...shifted,
    name,
    files: { ...kubelet, ...shifted.files },
    ...(apiServer === undefined ? {} : { world: { ...world, apiServer: { version: `v${release}`, ...apiServer } } }),
  };
}

/** The text with versions that are as far from a release as they were from the one that it was written for. */
export function asOf(text: string, release: string): string {
  const distance = Number(release.split(".")[1]) - Number(writtenFor.split(".")[1]);
  const own = "\u0001";
  return text
    .replaceAll(writtenFor, own)
    .replaceAll(
      /\b(v?0?)1\.(3[3-9])(?!\d)/g,
      (_, sign: string, minor: string) => `${sign}1.${Number(minor) + distance}`,
    )
    .replaceAll(own, release);
}
