// Machines on which upstream's program has worked before: what it has left there is what many cases begin with.
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { GivenEntry } from "./case.ts";
import type { Files } from "./run-case.ts";
import type { Stage } from "./stage/stage.ts";

export type NodeTrees = ReadonlyMap<string, Files>;

/** Keys that are quick to make. */
export const initConfiguration = `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: {advertiseAddress: 192.0.2.10}
nodeRegistration: {name: node-1}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.37.2
encryptionAlgorithm: ECDSA-P256
controlPlaneEndpoint: 192.0.2.20:16443
`;

const steps = [
  "init phase certs all",
  "init phase kubeconfig all",
  "init phase control-plane all",
  "init phase etcd local",
  "init phase kubelet-start",
];

/** Trees by name: `pki`, `control-plane` and its variants. */
export async function makeNodeTrees(stage: Stage, configuration = initConfiguration): Promise<NodeTrees> {
  stage.reset();
  stage.add({ "/work/init.yaml": configuration });
  const trees = new Map<string, Files>([["nothing", {}]]);
  for (const step of steps) {
    const result = await stage.run("upstream", {
      args: [...step.split(" "), "--config", "init.yaml"],
      env: {},
      stdin: "",
      shell: undefined,
      user: undefined,
      timeoutMs: 60_000,
    });
    if (result.status !== 0) throw new Error(`${step}: ${result.stderr}`);
    if (step === "init phase certs all") trees.set("pki", capture(stage));
  }
  const node = capture(stage);
  trees.set("control-plane", node);
  trees.set("authorities", only(node, /pki\/(etcd\/)?(front-proxy-)?ca\.(crt|key)$/));
  trees.set("worker", only(node, /kubelet\.conf$|pki\/ca\.crt$|^\/var\/lib\/kubelet/));
  trees.set("external-ca", without(node, /\/(ca|front-proxy-ca)\.key$/));
  return trees;
}

function capture(stage: Stage): Files {
  return Object.fromEntries(
    ["etc/kubernetes", "var/lib/kubelet"].flatMap((directory) => entries(stage.root, directory)),
  );
}

function entries(root: string, directory: string): readonly (readonly [string, GivenEntry])[] {
  const self = [`/${directory}`, { directory: true, mode: lstatSync(join(root, directory)).mode & 0o7777 }] as const;
  const inner = readdirSync(join(root, directory)).flatMap((name) => {
    const path = `${directory}/${name}`;
    const status = lstatSync(join(root, path));
    if (status.isDirectory()) return entries(root, path);
    return [[`/${path}`, { content: readFileSync(join(root, path), "utf8"), mode: status.mode & 0o7777 }] as const];
  });
  return [self, ...inner];
}

function only(files: Files, pattern: RegExp): Files {
  return Object.fromEntries(Object.entries(files).filter(([path]) => pattern.test(path)));
}

function without(files: Files, pattern: RegExp): Files {
  return Object.fromEntries(Object.entries(files).filter(([path]) => !pattern.test(path)));
}
