import type { ClusterConfiguration } from "../config/cluster/cluster-configuration.ts";
import { bootstrappersGroup, readersOf, systemNamespace } from "./rbac.ts";

export const sharedCertificatesSecret = "kubeadm-certs";

/** A file that all control planes of a cluster share. */
export interface SharedFile {
  /** Path below the certificates directory, or upstream's name for a file of an external etcd; used in messages. */
  readonly name: string;
  /** Key in the Secret's data. */
  readonly entry: string;
  /** Its path on a control plane. */
  readonly path: string;
}

const names = ["ca.crt", "ca.key", "front-proxy-ca.crt", "front-proxy-ca.key", "sa.pub", "sa.key"] as const;
const stackedEtcdNames = ["etcd/ca.crt", "etcd/ca.key"] as const;

/** Returns the CA files and the service account key; each control plane creates all other certificates itself. */
export function sharedFiles({ certificatesDir, etcd }: ClusterConfiguration): readonly SharedFile[] {
  const below = (name: string) => sharedFile(name, `${certificatesDir}/${name}`);
  if ("local" in etcd) return [...names, ...stackedEtcdNames].map(below);
  const { caFile, certFile, keyFile } = etcd.external;
  return [
    ...names.map(below),
    sharedFile("external-etcd-ca.crt", caFile),
    sharedFile("external-etcd.crt", certFile),
    sharedFile("external-etcd.key", keyFile),
  ];
}

function sharedFile(name: string, path: string): SharedFile {
  return { name, entry: name.replaceAll("/", "-"), path };
}

/** Bootstrap tokens may read the Secret, which is useless without the key. */
export const sharedCertificatesReaders = readersOf(
  { resource: "secrets", namespace: systemNamespace, name: sharedCertificatesSecret },
  "kubeadm:kubeadm-certs",
  bootstrappersGroup,
);
