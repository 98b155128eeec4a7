import { clusterVersion } from "../versions.ts";
import { ensureGoPart } from "./go-part.ts";
import { goParts, type PartName } from "./kubernetes-parts.ts";
import type { BuildContext } from "./part-store.ts";

/** Returns the path of a program of Kubernetes in a release, which is built the first time. */
export async function kubernetesProgram(context: BuildContext, release: string, name: PartName): Promise<string> {
  const part = goParts({ ...clusterVersion(), kubernetes: release }).get(name);
  if (part === undefined) throw new Error(`the lab has no part ${name}`);
  return `${await ensureGoPart(context, part)}/${name}`;
}
