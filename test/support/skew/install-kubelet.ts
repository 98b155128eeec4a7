import { rename } from "node:fs/promises";
import type { LabHost } from "../../../lab/lab-host.ts";
import { kubernetesProgram } from "../../../lab/parts/kubernetes-program.ts";
import type { BuildContext } from "../../../lab/parts/part-store.ts";

/** Replaces the kubelet of a host by that of a release, as a package manager does. */
export async function installKubelet(host: LabHost, release: string, context: BuildContext): Promise<void> {
  // A program that runs cannot be written to, but be replaced.
  await host.copyIn(await kubernetesProgram(context, release, "kubelet"), "/usr/bin/kubelet.new", 0o755);
  await rename(host.path("/usr/bin/kubelet.new"), host.path("/usr/bin/kubelet"));
}
