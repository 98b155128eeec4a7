import { parseIp } from "../../addresses/ip-address.ts";
import { isPort, joinHostPort } from "../../go/host-port.ts";
import { parseGoUrl, UrlError } from "../../go/url.ts";
import { parseSemanticVersion } from "../../kubernetes/semantic-version.ts";
import type { JsonObject } from "../../values/json.ts";
import { etcdClientPort, etcdPeerPort } from "../component-ports.ts";
import type { ClusterConfiguration, HostPathMount, LocalEtcd } from "../config/cluster/cluster-configuration.ts";
import type { Arg } from "../config/fields/node-registration.ts";
import { lastValue } from "../config/fields/node-registration.ts";
import { minorOf } from "../config/fields/removed-gates.ts";
import { etcdImage, etcdTagOf } from "../images/control-plane-images.ts";
import { argumentsFrom, componentCommand } from "./component-arguments.ts";
import { containerEnvironment } from "./component-environment.ts";
import type { ControlPlaneNode } from "./control-plane-node.ts";
import { type Probes, staticPod } from "./static-pod.ts";

export const etcdAnnotation = "kubeadm.kubernetes.io/etcd.advertise-client-urls";

const metricsPort = 2381;

/** A member of the etcd cluster that a new one joins. */
export interface InitialMember {
  readonly name: string;
  readonly peerUrl: string;
}

/** Returns the client URL of a machine's etcd. */
export function etcdClientUrl(address: string): string {
  return `https://${joinHostPort(address, etcdClientPort)}`;
}

/** Returns the peer URL of a machine's etcd. */
export function etcdPeerUrl(address: string): string {
  return `https://${joinHostPort(address, etcdPeerPort)}`;
}

/**
 * Returns the Pod of a stacked etcd. `initialCluster` lists all members of the cluster to join, including the new one;
 * undefined for the first member of a new cluster.
 */
export function etcdPod(
  node: ControlPlaneNode,
  local: LocalEtcd,
  initialCluster?: readonly InitialMember[],
): JsonObject {
  const { cluster, localAPIEndpoint, timeouts } = node;
  const clientUrl = etcdClientUrl(localAPIEndpoint.advertiseAddress);
  return staticPod(
    {
      name: "etcd",
      annotations: { [etcdAnnotation]: clientUrl },
      image: etcdImage(cluster) ?? "",
      command: componentCommand("etcd", etcdArguments(node, local, initialCluster), local.extraArgs, {
        sortsAll: minorOf(cluster).rules.sortsAllArguments,
      }),
      environment: containerEnvironment(local.extraEnvs),
      mounts: [writable("etcd-data", local.dataDir), writable("etcd-certs", `${cluster.certificatesDir}/etcd`)],
      requests: { cpu: "100m", memory: "100Mi" },
      probes: etcdProbes(loopbackOf(localAPIEndpoint.advertiseAddress), local.extraArgs),
    },
    timeouts,
  );
}

function etcdArguments(
  { cluster, localAPIEndpoint, nodeRegistration }: ControlPlaneNode,
  local: LocalEtcd,
  initialCluster: readonly InitialMember[] | undefined,
): readonly Arg[] {
  const { advertiseAddress } = localAPIEndpoint;
  const certificates = `${cluster.certificatesDir}/etcd`;
  const loopback = loopbackOf(advertiseAddress);
  const clientUrl = etcdClientUrl(advertiseAddress);
  const peerUrl = etcdPeerUrl(advertiseAddress);
  const members = initialCluster ?? [{ name: nodeRegistration.name, peerUrl }];
  return argumentsFrom({
    name: nodeRegistration.name,
    "data-dir": local.dataDir,
    "listen-client-urls": `${etcdClientUrl(loopback)},${clientUrl}`,
    "advertise-client-urls": clientUrl,
    "listen-peer-urls": peerUrl,
    "initial-advertise-peer-urls": peerUrl,
    "initial-cluster": members.map((member) => `${member.name}=${member.peerUrl}`).join(","),
    ...(initialCluster === undefined ? {} : { "initial-cluster-state": "existing" }),
    "listen-metrics-urls": `http://${joinHostPort(loopback, metricsPort)}`,
    "cert-file": `${certificates}/server.crt`,
    "key-file": `${certificates}/server.key`,
    "trusted-ca-file": `${certificates}/ca.crt`,
    "client-cert-auth": "true",
    "peer-cert-file": `${certificates}/peer.crt`,
    "peer-key-file": `${certificates}/peer.key`,
    "peer-trusted-ca-file": `${certificates}/ca.crt`,
    "peer-client-cert-auth": "true",
    "snapshot-count": "10000",
    ...(speaksOldFlags(cluster)
      ? { "experimental-initial-corrupt-check": "true", "experimental-watch-progress-notify-interval": "5s" }
      : { "feature-gates": "InitialCorruptCheck=true", "watch-progress-notify-interval": "5s" }),
  });
}

/**
 * etcd 3.6 renamed its experimental flags. Clusters from 1.36 on get the new names, regardless of the configured image
 * tag.
 */
function speaksOldFlags(cluster: ClusterConfiguration): boolean {
  if (!minorOf(cluster).rules.looksAtEtcdVersion) return false;
  const version = parseSemanticVersion(etcdTagOf(cluster) ?? "");
  return version !== undefined && version.major === 3 && version.minor < 6;
}

/** Returns the loopback address of the IP family that the node advertises. */
export function loopbackOf(advertiseAddress: string): string {
  return parseIp(advertiseAddress)?.family === "IPv6" ? "::1" : "127.0.0.1";
}

/** Probes use the first metrics URL; its missing or invalid parts are replaced by the defaults. */
function etcdProbes(loopback: string, extraArgs: readonly Arg[]): Probes {
  const paths = { liveness: "/livez", readiness: "/readyz", startup: "/readyz" };
  const [first = ""] = (lastValue(extraArgs, "listen-metrics-urls") ?? "").split(",");
  const { scheme, host, port } = metricsTarget(first);
  return {
    scheme: scheme === "https" ? "HTTPS" : "HTTP",
    host: host || loopback,
    port: isPort(port) ? Number(port) : metricsPort,
    ...paths,
  };
}

function metricsTarget(url: string): { readonly scheme: string; readonly host: string; readonly port: string } {
  try {
    const { scheme, host } = parseGoUrl(url);
    const [, bracketed, plain, port = ""] = /^(?:\[(.*)\]|([^:]*))(?::([0-9]*))?$/.exec(host) ?? [];
    return { scheme, host: (bracketed ?? plain ?? "").replaceAll("%25", "%"), port };
  } catch (error) {
    if (error instanceof UrlError) return { scheme: "", host: "", port: "" };
    throw error;
  }
}

function writable(name: string, path: string): HostPathMount {
  return { name, hostPath: path, mountPath: path, readOnly: false, pathType: "DirectoryOrCreate" };
}
