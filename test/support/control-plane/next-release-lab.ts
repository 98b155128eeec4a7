// Clusters of the lab's version, on hosts with this program and upstream's of the next release.
import { UPSTREAM } from "../../../lab/cluster.ts";
import { Lab } from "../../../lab/lab.ts";
import type { LabHost } from "../../../lab/lab-host.ts";
import { kubernetesProgram } from "../../../lab/parts/kubernetes-program.ts";
import { cacheDirectory } from "../../../lab/parts/part-store.ts";
import { DEFAULT_VERSION } from "../../../lab/versions.ts";
import { releases } from "../../../src/kubernetes/minors/releases.ts";
import { programCopy } from "../join/program-copy.ts";
import { type ControlPlaneLab, clusterMaker, programs } from "./control-plane-lab.ts";

/** The newest release that this program knows. */
export const nextRelease: string = releases[releases.length - 1] ?? DEFAULT_VERSION;

/** `programs` of control-plane-lab.ts are of the next release on its hosts. */
export async function nextReleaseLab(name: string): Promise<ControlPlaneLab> {
  await using stack = new AsyncDisposableStack();
  const say = (text: string) => void process.stderr.write(`${text}\n`);
  const program = stack.use(programCopy(`kubeadm-${nextRelease}`)).path;
  const upstream = await kubernetesProgram({ cache: cacheDirectory(), say }, nextRelease, "kubeadm");
  const lab = stack.use(await Lab.open({ name, say }));
  const maker = clusterMaker(lab, program);
  const addHost = async (host: string) => {
    const added = await maker.addHost(host);
    await added.copyIn(upstream, UPSTREAM, 0o755);
    await nameImages(added);
    return added;
  };
  const kept = stack.move();
  return {
    ...maker,
    addHost,
    addHosts: async (...names) => {
      const hosts: LabHost[] = [];
      for (const host of names) hosts.push(await addHost(host));
      return hosts as { [Index in keyof typeof names]: LabHost };
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Gives the images of etcd and CoreDNS that a host has the tags that the next release wants for this version. */
async function nameImages(host: LabHost): Promise<void> {
  const ctr = ["ctr", "--namespace", "k8s.io", "images"] as const;
  const present = (await host.mustRun([...ctr, "list", "--quiet"])).split("\n");
  const list = [programs.upstream, "config", "images", "list", "--kubernetes-version", DEFAULT_VERSION] as const;
  for (const wanted of (await host.mustRun(list)).trim().split("\n")) {
    if (present.includes(wanted)) continue;
    const repository = wanted.slice(0, wanted.lastIndexOf(":") + 1);
    const image = present.find((name) => name.startsWith(repository));
    if (image === undefined) throw new Error(`${host.name} has no image for ${wanted}`);
    await host.mustRun([...ctr, "tag", image, wanted]);
  }
}
