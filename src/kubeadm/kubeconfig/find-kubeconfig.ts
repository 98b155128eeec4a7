import type { Files } from "../../host/host.ts";
import { isSeen } from "../../host/presence.ts";
import { adminKubeconfigPath } from "../paths.ts";

/**
 * Returns the path of the user's kubeconfig: the first existing file of those in $KUBECONFIG (by default
 * ~/.kube/config), then admin.conf. If none exists, returns the first, so that the error names it (client-go's loading
 * rules with admin.conf appended, app/cmd/util GetKubeConfigPath).
 */
export async function findKubeconfig(
  files: Pick<Files, "status">,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const own = (environment["KUBECONFIG"] ?? "").split(":").filter((path) => path !== "");
  const home = environment["HOME"] ?? "";
  const precedence = own.length > 0 ? own : [`${home === "/" ? "" : home}/.kube/config`];
  for (const path of [...precedence, adminKubeconfigPath]) {
    if (await isSeen(path, files)) return path;
  }
  return precedence[0] ?? adminKubeconfigPath;
}
