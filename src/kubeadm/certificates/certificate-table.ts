import type { Events } from "../../events/events.ts";
import type { AlternativeNames, ExtendedKeyUsage } from "../../pki/certificate-extensions.ts";
import type { ClusterConfiguration } from "../config/cluster/cluster-configuration.ts";
import type { ControlPlaneNode } from "../control-plane/control-plane-node.ts";
import { apiServerNames, etcdPeerNames, etcdServerNames } from "./alternative-names.ts";

export type AuthorityName = "ca" | "front-proxy-ca" | "etcd-ca";

export interface AuthoritySpec {
  /** Name in phases and in messages of `kubeadm certs`. */
  readonly name: AuthorityName;
  /** Path below the certificates directory, without .crt and .key. */
  readonly baseName: string;
  readonly commonName: string;
  /** "Generate the …" */
  readonly longName: string;
}

export type LeafName =
  | "apiserver"
  | "apiserver-kubelet-client"
  | "front-proxy-client"
  | "etcd-server"
  | "etcd-peer"
  | "etcd-healthcheck-client"
  | "apiserver-etcd-client";

export interface LeafSpec {
  readonly name: LeafName;
  readonly baseName: string;
  readonly authority: AuthorityName;
  readonly longName: string;
  readonly extendedKeyUsages: readonly ExtendedKeyUsage[];
  commonName(node: ControlPlaneNode): string;
  /** The names and addresses of a serving certificate; warns of invalid ones and omits them. */
  alternativeNames?(node: ControlPlaneNode, events: Events): AlternativeNames;
}

export const authorities: Readonly<Record<AuthorityName, AuthoritySpec>> = {
  ca: {
    name: "ca",
    baseName: "ca",
    commonName: "kubernetes",
    longName: "self-signed Kubernetes CA to provision identities for other Kubernetes components",
  },
  "front-proxy-ca": {
    name: "front-proxy-ca",
    baseName: "front-proxy-ca",
    commonName: "front-proxy-ca",
    longName: "self-signed CA to provision identities for front proxy",
  },
  "etcd-ca": {
    name: "etcd-ca",
    baseName: "etcd/ca",
    commonName: "etcd-ca",
    longName: "self-signed CA to provision identities for etcd",
  },
};

const nodeName = (node: ControlPlaneNode) => node.nodeRegistration.name;

export const leaves: Readonly<Record<LeafName, LeafSpec>> = {
  apiserver: {
    name: "apiserver",
    baseName: "apiserver",
    authority: "ca",
    longName: "certificate for serving the Kubernetes API",
    extendedKeyUsages: ["server auth"],
    commonName: () => "kube-apiserver",
    alternativeNames: apiServerNames,
  },
  "apiserver-kubelet-client": {
    name: "apiserver-kubelet-client",
    baseName: "apiserver-kubelet-client",
    authority: "ca",
    longName: "certificate for the API server to connect to kubelet",
    extendedKeyUsages: ["client auth"],
    commonName: () => "kube-apiserver-kubelet-client",
  },
  "front-proxy-client": {
    name: "front-proxy-client",
    baseName: "front-proxy-client",
    authority: "front-proxy-ca",
    longName: "certificate for the front proxy client",
    extendedKeyUsages: ["client auth"],
    commonName: () => "front-proxy-client",
  },
  "etcd-server": {
    name: "etcd-server",
    baseName: "etcd/server",
    authority: "etcd-ca",
    longName: "certificate for serving etcd",
    extendedKeyUsages: ["server auth", "client auth"],
    commonName: nodeName,
    alternativeNames: etcdServerNames,
  },
  "etcd-peer": {
    name: "etcd-peer",
    baseName: "etcd/peer",
    authority: "etcd-ca",
    longName: "certificate for etcd nodes to communicate with each other",
    extendedKeyUsages: ["server auth", "client auth"],
    commonName: nodeName,
    alternativeNames: etcdPeerNames,
  },
  "etcd-healthcheck-client": {
    name: "etcd-healthcheck-client",
    baseName: "etcd/healthcheck-client",
    authority: "etcd-ca",
    longName: "certificate for liveness probes to healthcheck etcd",
    extendedKeyUsages: ["client auth"],
    commonName: () => "kube-etcd-healthcheck-client",
  },
  "apiserver-etcd-client": {
    name: "apiserver-etcd-client",
    baseName: "apiserver-etcd-client",
    authority: "etcd-ca",
    longName: "certificate the apiserver uses to access etcd",
    extendedKeyUsages: ["client auth"],
    commonName: () => "kube-apiserver-etcd-client",
  },
};

/**
 * Reports whether kubeadm manages this CA for the cluster; the operator of an external etcd manages its certificates.
 */
export function hasAuthority({ etcd }: Pick<ClusterConfiguration, "etcd">, name: AuthorityName): boolean {
  return name !== "etcd-ca" || "local" in etcd;
}

/** Returns the certificates that a CA signs, in the order in which they are created. */
export function leavesOf(authority: AuthorityName): readonly LeafSpec[] {
  return Object.values(leaves).filter((leaf) => leaf.authority === authority);
}
