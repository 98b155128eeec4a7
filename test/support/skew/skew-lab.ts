// A real cluster of one release, made by that release's kubeadm, and hosts with the kubelet of another.
import { rename } from "node:fs/promises";
import { Lab } from "../../../lab/lab.ts";
import type { LabHost } from "../../../lab/lab-host.ts";
import { kubernetesProgram } from "../../../lab/parts/kubernetes-program.ts";
import type { BuildContext } from "../../../lab/parts/part-store.ts";
import { DEFAULT_VERSION } from "../../../lab/versions.ts";
import { type ClusterMaker, clusterMaker, ownLabName } from "../control-plane/control-plane-lab.ts";
import { programCopy } from "../join/program-copy.ts";

/** Upstream's kubeadm of the release whose behavior ours has; that of the cluster's release is elsewhere on the host. */
export const upstreamOfOurRelease = "/usr/local/bin/kubeadm-of-our-release";

export interface SkewLab extends ClusterMaker, AsyncDisposable {
  /** Adds a host with the kubelet of a release. */
  addHostWith(name: string, kubelet: string): Promise<LabHost>;
  /** Replaces the kubelet of a host, as a package manager does. */
  installKubelet(host: LabHost, kubelet: string): Promise<void>;
}

export async function openSkewLab(kubernetes: string): Promise<SkewLab> {
  await using stack = new AsyncDisposableStack();
  const program = stack.use(programCopy()).path;
  const say = (text: string) => void process.stderr.write(`${text}\n`);
  const name = ownLabName(`skew${kubernetes.split(".")[1]}`);
  const lab = stack.use(await Lab.open({ name, kubernetes, say }));
  const maker = clusterMaker(lab, program);
  const context = { cache: lab.cache, say };
  const installKubelet = (host: LabHost, kubelet: string) => install(context, host, kubelet);
  const kept = stack.move();
  return {
    ...maker,
    installKubelet,
    addHostWith: async (name, kubelet) => {
      const host = await maker.addHost(name);
      await installKubelet(host, kubelet);
      await host.copyIn(await kubernetesProgram(context, DEFAULT_VERSION, "kubeadm"), upstreamOfOurRelease, 0o755);
      return host;
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function install(context: BuildContext, host: LabHost, release: string): Promise<void> {
  // A program that runs cannot be written to, but be replaced.
  await host.copyIn(await kubernetesProgram(context, release, "kubelet"), "/usr/bin/kubelet.new", 0o755);
  await rename(host.path("/usr/bin/kubelet.new"), host.path("/usr/bin/kubelet"));
}
