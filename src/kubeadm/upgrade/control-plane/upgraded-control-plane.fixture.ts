import { TransportError } from "../../../cluster/transport.ts";
import { writeYaml } from "../../../go/yaml/write-yaml.ts";
import { NetworkError } from "../../../host/host.ts";
import { keySource } from "../../../pki/key-source.ts";
import { makeAll, type Tree, workshop } from "../../certificates/certificates.fixture.ts";
import { bareMachine, nodeWith } from "../../control-plane/control-plane-node.fixture.ts";
import { etcdPod } from "../../control-plane/etcd-pod.ts";
import { staticPodMachine } from "../../control-plane/replacement/static-pod-kubelet.fixture.ts";
import { componentPod, controlPlaneComponents } from "../../control-plane/write-component-manifests.ts";
import type { StaticPodName } from "../../control-plane/write-manifest.ts";
import { ensureKubeconfigs, kubeconfigsOfInit } from "../../kubeconfig/control-plane-kubeconfigs.ts";
import { componentCertificates } from "./component-certificates.ts";
import { type ControlPlanePorts, type ControlPlaneUpgrade, upgradeControlPlane } from "./upgrade-control-plane.ts";
import { makeUpgradeDirectories } from "./upgrade-directories.ts";

/** When the certificates were made, and when the upgrade begins. */
const made = new Date("2026-11-24T12:00:00Z");
const start = new Date("2026-11-25T12:00:00Z");
const node = nodeWith({ kubernetesVersion: "v1.37.2" });
export const manifestsOf = (version: string) =>
  Object.fromEntries(
    controlPlaneComponents.map((component) => [
      component,
      writeYaml(componentPod(component, nodeWith({ kubernetesVersion: version }), bareMachine)),
    ]),
  );

const etcd = writeYaml(
  etcdPod(node, {
    dataDir: "/var/lib/etcd",
    imageRepository: "",
    imageTag: "",
    extraArgs: [],
    extraEnvs: [],
    serverCertSANs: [],
    peerCertSANs: [],
  }),
);

let credentials: Tree = {};
/** Makes the certificates of every world. */
export async function makeCredentials(): Promise<void> {
  const { host, ports } = workshop({}, { now: made });
  await makeAll(node, ports);
  await ensureKubeconfigs(kubeconfigsOfInit, { node, directory: "/etc/kubernetes" }, ports);
  credentials = host.files.snapshot();
}

interface World {
  readonly manifests?: Partial<Record<StaticPodName, string>>;
  readonly fateOf?: Parameters<typeof staticPodMachine>[1];
  /** Reports whether a component that runs answers with 200. */
  readonly answers?: (component: StaticPodName, manifest: string) => boolean;
  readonly without?: readonly string[];
}

/** A control plane of v1.36.3 with its certificates. */
export function world({ manifests = manifestsOf("v1.36.3"), fateOf, answers = () => true, without = [] }: World = {}) {
  const files = Object.fromEntries(Object.entries(credentials).filter(([path]) => !without.includes(path)));
  const machine = staticPodMachine({ etcd, ...manifests }, fateOf, { files, start });
  const { host } = machine;
  const statusOf = (component: StaticPodName) => {
    const manifest = machine.running(component);
    return manifest === undefined ? undefined : answers(component, manifest) ? 200 : 500;
  };
  const urls = {
    "https://127.0.0.1:10257/healthz": "kube-controller-manager",
    "https://127.0.0.1:10259/livez": "kube-scheduler",
  } as const;
  for (const [url, component] of Object.entries(urls)) {
    host.network.probes.set(url, () => {
      const status = statusOf(component);
      return status === undefined ? new NetworkError("refused", "connection refused") : { status, body: "" };
    });
  }
  const ports: ControlPlanePorts = {
    ...machine.ports,
    machine: host.machine,
    network: host.network,
    apiServer: {
      health: async (path) => {
        const status = statusOf("kube-apiserver");
        if (status !== undefined) return { status, body: "" };
        throw new TransportError("refused", path, "connect: connection refused");
      },
    },
    readMirrorUid: async (component) => {
      const pods = machine.runtime.sandboxes.filter(({ name, ready }) => ready && name === `${component}-cp1`);
      return { uid: pods.at(-1)?.uid ?? "" };
    },
  };
  const upgrade = async (
    more: Partial<ControlPlaneUpgrade> & { readonly isWanted?: boolean; readonly signal?: AbortSignal } = {},
  ) => {
    const known = Object.keys(host.files.snapshot()).map((path) => path.split("/").slice(0, 5).join("/"));
    const directories = await makeUpgradeDirectories(known, host);
    const keys = keySource("ECDSA-P256", { atOnce: 2, signal: ports.signal });
    const issuing = { now: host.clock.now(), keys, warned: new Set<string>(), files: host.files, events: ports.events };
    const certificates = componentCertificates(
      { cluster: node.cluster, isWanted: more.isWanted ?? true, since: start, directory: directories.oldCertificates },
      issuing,
    );
    const signal = more.signal ?? ports.signal;
    await upgradeControlPlane({ node, patches: [], directories, certificates, ...more }, { ...ports, signal });
    return directories;
  };
  const images = () => controlPlaneComponents.map((component) => /:(v\S+)/.exec(machine.running(component) ?? "")?.[1]);
  const changed = () =>
    Object.entries(credentials)
      .filter(([path, text]) => host.files.snapshot()[path] !== text && !without.includes(path))
      .map(([path]) => path.replace("/etc/kubernetes/", ""));
  const told = () =>
    machine.told.flatMap((event) => {
      if (!event.type.startsWith("upgrade.")) return [];
      const what =
        "component" in event ? ` ${String(event.component)}` : "name" in event ? ` ${String(event.name)}` : "";
      return [`${event.type.replace(/^upgrade\.(static-pod\.)?/, "")}${what}`];
    });
  const warnings = () => machine.told.flatMap((event) => (event.type === "warning" ? [event.message] : []));
  return { ...machine, upgrade, images, changed, told, warnings };
}
