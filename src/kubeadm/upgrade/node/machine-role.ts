import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import type { Files } from "../../../host/host.ts";
import { mayExist } from "../../../host/presence.ts";
import type { Journal, RunIdentity } from "../../../journal/journal.ts";
import { apiServerManifestPath, controlPlanePaths } from "../../paths.ts";

/** Reports whether a run is an upgrade: `upgrade apply` or `upgrade node`. */
export function isUpgrade({ command }: RunIdentity): boolean {
  return command.startsWith("upgrade ");
}

/**
 * Returns what a machine is. One with any trace of a control plane, or with an unfinished upgrade of one, is a control
 * plane: upstream takes it for a worker if the manifest of the API server is missing. Throws MANIFEST_MISSING if that is
 * so, and no unfinished upgrade can put the manifest back.
 */
export async function roleOfMachine(
  files: Pick<Files, "status">,
  unfinished: Journal | undefined,
): Promise<"worker" | "control-plane"> {
  const found: string[] = [];
  for (const path of controlPlanePaths) if (await mayExist(path, files)) found.push(path);
  if (found.includes(apiServerManifestPath)) return "control-plane";
  if (unfinished !== undefined && isUpgrade(unfinished.run) && unfinished.run.role === "control-plane") {
    return "control-plane";
  }
  if (found.length === 0) return "worker";
  const message = `this machine is a control plane (it has ${found[0]}), but ${apiServerManifestPath} is missing`;
  throw new KubeadmError("MANIFEST_MISSING", message, { details: { path: apiServerManifestPath } });
}
