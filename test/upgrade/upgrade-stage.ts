// The commands of an upgrade on embedded machines, and what it changes in certificates.
import { X509Certificate } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import type { ClusterMachine } from "../../src/embedded/index.ts";
import { writeInside } from "../support/control-plane/stage.ts";
import { newerVersion } from "./older-cluster.ts";

const configurationPath = "/etc/kubeadm/upgrade.yaml";

/** `upgradeManifests`: how long a component may take to become healthy. */
export interface UpgradeSettings {
  readonly upgradeManifests?: string;
  /** A directory of patches for `upgrade apply`. */
  readonly patches?: string;
}

/** Returns the command line of an upgrade with short timeouts. */
export function applyArguments(machine: ClusterMachine, settings: UpgradeSettings = {}): readonly string[] {
  return ["upgrade", "apply", newerVersion, "--yes", "--config", writeUpgradeConfiguration(machine, settings)];
}

export function nodeArguments(machine: ClusterMachine, settings: UpgradeSettings = {}): readonly string[] {
  return ["upgrade", "node", "--config", writeUpgradeConfiguration(machine, settings)];
}

/** Writes an UpgradeConfiguration with short timeouts, and returns its path. */
export function writeUpgradeConfiguration(
  machine: ClusterMachine,
  { upgradeManifests = "40s", patches }: UpgradeSettings = {},
): string {
  const configuration = {
    apiVersion: "kubeadm.k8s.io/v1beta4",
    kind: "UpgradeConfiguration",
    ...(patches === undefined ? {} : { apply: { patches: { directory: patches } } }),
    timeouts: { upgradeManifests, kubernetesAPICall: "30s", etcdAPICall: "30s", kubeletHealthCheck: "30s" },
  };
  writeInside(machine, configurationPath, `${JSON.stringify(configuration, undefined, 2)}\n`);
  return configurationPath;
}

/** What an upgrade of everything renews, in a control plane with its own etcd. */
export const renewedCertificates = [
  "admin.conf",
  "controller-manager.conf",
  "pki/apiserver-etcd-client.crt",
  "pki/apiserver-kubelet-client.crt",
  "pki/apiserver.crt",
  "pki/etcd/healthcheck-client.crt",
  "pki/etcd/peer.crt",
  "pki/etcd/server.crt",
  "pki/front-proxy-client.crt",
  "scheduler.conf",
  "super-admin.conf",
];

/** The serial numbers of the certificates of a control plane, by path below /etc/kubernetes. */
export function serialNumbers(machine: ClusterMachine): Readonly<Record<string, string>> {
  const directories = ["/etc/kubernetes", "/etc/kubernetes/pki", "/etc/kubernetes/pki/etcd"];
  const paths = directories.flatMap((directory) =>
    existsSync(machine.root.inside(directory))
      ? readdirSync(machine.root.inside(directory)).map((name) => `${directory}/${name}`)
      : [],
  );
  const found = paths.flatMap((path) => {
    const pem = certificateIn(path, machine);
    return pem === undefined ? [] : [[path.replace("/etc/kubernetes/", ""), new X509Certificate(pem).serialNumber]];
  });
  return Object.fromEntries(found.toSorted()) as Record<string, string>;
}

function certificateIn(path: string, machine: ClusterMachine): string | undefined {
  if (path.endsWith(".crt")) return machine.read(path);
  if (!path.endsWith(".conf")) return undefined;
  const data = /client-certificate-data: (\S+)/.exec(machine.read(path))?.[1];
  return data === undefined ? undefined : Buffer.from(data, "base64").toString();
}

/** The names of the certificates whose serial numbers differ. */
export function renewedSince(before: Readonly<Record<string, string>>, machine: ClusterMachine): readonly string[] {
  return Object.entries(serialNumbers(machine)).flatMap(([path, number]) => (before[path] === number ? [] : [path]));
}
