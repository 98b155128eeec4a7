// A real cluster of one release, made by that release's kubeadm, and hosts with the kubelet of another.
import { UPSTREAM } from "../../../lab/cluster.ts";
import { Lab } from "../../../lab/lab.ts";
import type { LabHost } from "../../../lab/lab-host.ts";
import { NEXT_VERSION_PROGRAMS } from "../../../lab/parts/host-layer.ts";
import { DEFAULT_VERSION } from "../../../lab/versions.ts";
import { type ClusterMaker, clusterMaker, ownLabName } from "../control-plane/control-plane-lab.ts";
import { programCopy } from "../join/program-copy.ts";
import { installKubelet } from "./install-kubelet.ts";

export interface SkewLab extends ClusterMaker, AsyncDisposable {
  /** Path on its hosts of upstream's kubeadm of the release whose behavior ours has. */
  readonly upstream: string;
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
  // A control plane that joins an older cluster has the etcd and the CoreDNS of its kubeadm: hosts need their images.
  const upgradeTo = kubernetes === DEFAULT_VERSION ? undefined : DEFAULT_VERSION;
  const lab = stack.use(await Lab.open({ name, kubernetes, upgradeTo, say }));
  const maker = clusterMaker(lab, program);
  const context = { cache: lab.cache, say };
  const kept = stack.move();
  return {
    ...maker,
    upstream: upgradeTo === undefined ? UPSTREAM : `${NEXT_VERSION_PROGRAMS}/kubeadm`,
    installKubelet: (host, kubelet) => installKubelet(host, kubelet, context),
    addHostWith: async (name, kubelet) => {
      const host = await maker.addHost(name);
      await installKubelet(host, kubelet, context);
      return host;
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
