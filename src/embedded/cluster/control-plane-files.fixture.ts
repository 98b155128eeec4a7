// Files of a first control plane, for tests of the stand-ins alone: keys, kubeconfigs and manifests like kubeadm's,
// made by a few lines of code that do not use kubeadm's own.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { writeYaml } from "../../go/yaml/write-yaml.ts";
import { generateKeys, type KeyPair, privateKeyPem } from "../../pki/keys.ts";
import { type CertificateAuthority, createCertificateAuthority, issueCertificate } from "../../pki/x509.ts";
import { defined } from "../../values/defined.ts";
import type { ClusterMachine } from "./embedded-cluster.ts";

const dayMs = 24 * 3_600_000;
const pki = "/etc/kubernetes/pki";
const times = { notBefore: new Date(Date.now() - dayMs), notAfter: new Date(Date.now() + dayMs) };

interface Leaf {
  readonly ca: CertificateAuthority;
  readonly commonName: string;
  readonly organization?: string;
  readonly isServer?: boolean;
}

export function writeFile(machine: ClusterMachine, path: string, content: string): void {
  const here = machine.root.inside(path);
  mkdirSync(dirname(here), { recursive: true });
  writeFileSync(here, content, { mode: 0o600 });
}

async function authority(commonName: string): Promise<CertificateAuthority> {
  return createCertificateAuthority({ commonName, keys: await generateKeys("ECDSA-P256"), ...times });
}

/** Writes the files below /etc/kubernetes except the manifests; returns the CA's certificate. */
export async function writeIdentities(machine: ClusterMachine): Promise<string> {
  const { address, hostname } = machine;
  const [ca, etcdCa, frontProxyCa] = await Promise.all(["kubernetes", "etcd-ca", "front-proxy-ca"].map(authority));
  if (ca === undefined || etcdCa === undefined || frontProxyCa === undefined) throw new Error("no authorities");
  const leaf = async ({ commonName, organization, isServer = false, ...rest }: Leaf, keys: KeyPair) =>
    issueCertificate({
      ...rest,
      ...times,
      subject: { commonName, organizations: organization === undefined ? [] : [organization] },
      publicKey: keys.publicKey,
      keyUsages: ["digital signature"],
      extendedKeyUsages: isServer ? ["server auth", "client auth"] : ["client auth"],
      ...(isServer ? { dnsNames: ["localhost", hostname], ipAddresses: [address, "127.0.0.1", "10.96.0.1"] } : {}),
    });
  const file = async (name: string, request: Leaf) => {
    const keys = await generateKeys("ECDSA-P256");
    writeFile(machine, `${pki}/${name}.crt`, await leaf(request, keys));
    writeFile(machine, `${pki}/${name}.key`, privateKeyPem(keys.privateKey));
  };
  const authorities: readonly (readonly [string, CertificateAuthority])[] = [
    ["ca", ca],
    ["etcd/ca", etcdCa],
    ["front-proxy-ca", frontProxyCa],
  ];
  for (const [name, { certificatePem, privateKey }] of authorities) {
    writeFile(machine, `${pki}/${name}.crt`, certificatePem);
    writeFile(machine, `${pki}/${name}.key`, privateKeyPem(privateKey));
  }
  await file("apiserver", { ca, commonName: "kube-apiserver", isServer: true });
  await file("apiserver-kubelet-client", { ca, commonName: "kube-apiserver-kubelet-client" });
  await file("front-proxy-client", { ca: frontProxyCa, commonName: "front-proxy-client" });
  await file("apiserver-etcd-client", { ca: etcdCa, commonName: "kube-apiserver-etcd-client" });
  for (const name of ["etcd/server", "etcd/peer"])
    await file(name, { ca: etcdCa, commonName: hostname, isServer: true });
  const serviceAccount = await generateKeys("ECDSA-P256");
  writeFile(machine, `${pki}/sa.key`, privateKeyPem(serviceAccount.privateKey));
  writeFile(machine, `${pki}/sa.pub`, serviceAccount.publicKey.export({ format: "pem", type: "spki" }).toString());
  const users: readonly (readonly [string, string, string?])[] = [
    ["super-admin.conf", "kubernetes-super-admin", "system:masters"],
    ["kubelet.conf", `system:node:${hostname}`, "system:nodes"],
    ["controller-manager.conf", "system:kube-controller-manager"],
    ["scheduler.conf", "system:kube-scheduler"],
  ];
  for (const [name, user, organization] of users) {
    const keys = await generateKeys("ECDSA-P256");
    const certificate = await leaf({ ca, commonName: user, ...defined({ organization }) }, keys);
    const content = kubeconfig({ server: `https://${address}:6443`, ca, user, certificate, keys });
    writeFile(machine, `/etc/kubernetes/${name}`, content);
  }
  return ca.certificatePem;
}

function kubeconfig(settings: {
  readonly server: string;
  readonly ca: CertificateAuthority;
  readonly user: string;
  readonly certificate: string;
  readonly keys: KeyPair;
}): string {
  const { server, ca, user, certificate, keys } = settings;
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  return writeYaml({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "kubernetes", cluster: { server, "certificate-authority-data": base64(ca.certificatePem) } }],
    contexts: [{ name: "c", context: { cluster: "kubernetes", user } }],
    "current-context": "c",
    users: [
      {
        name: user,
        user: {
          "client-certificate-data": base64(certificate),
          "client-key-data": base64(privateKeyPem(keys.privateKey)),
        },
      },
    ],
  });
}

/** The four manifests, by component. */
export function manifests({ address, hostname }: ClusterMachine): Readonly<Record<string, string>> {
  const [client, peer] = [`https://${address}:2379`, `https://${address}:2380`];
  return {
    etcd: manifest("etcd", "etcd:3.7.0-0", {
      "advertise-client-urls": client,
      "cert-file": `${pki}/etcd/server.crt`,
      "client-cert-auth": "true",
      "data-dir": "/var/lib/etcd",
      "initial-advertise-peer-urls": peer,
      "initial-cluster": `${hostname}=${peer}`,
      "key-file": `${pki}/etcd/server.key`,
      "listen-client-urls": `https://127.0.0.1:2379,${client}`,
      "listen-peer-urls": peer,
      name: hostname,
      "peer-cert-file": `${pki}/etcd/peer.crt`,
      "peer-key-file": `${pki}/etcd/peer.key`,
      "peer-trusted-ca-file": `${pki}/etcd/ca.crt`,
      "trusted-ca-file": `${pki}/etcd/ca.crt`,
    }),
    "kube-apiserver": manifest("kube-apiserver", "kube-apiserver:v1.37.2", {
      "advertise-address": address,
      "client-ca-file": `${pki}/ca.crt`,
      "etcd-cafile": `${pki}/etcd/ca.crt`,
      "etcd-certfile": `${pki}/apiserver-etcd-client.crt`,
      "etcd-keyfile": `${pki}/apiserver-etcd-client.key`,
      "etcd-servers": "https://127.0.0.1:2379",
      "kubelet-client-certificate": `${pki}/apiserver-kubelet-client.crt`,
      "kubelet-client-key": `${pki}/apiserver-kubelet-client.key`,
      "proxy-client-cert-file": `${pki}/front-proxy-client.crt`,
      "proxy-client-key-file": `${pki}/front-proxy-client.key`,
      "requestheader-client-ca-file": `${pki}/front-proxy-ca.crt`,
      "secure-port": "6443",
      "service-account-issuer": "https://kubernetes.default.svc.cluster.local",
      "service-account-key-file": `${pki}/sa.pub`,
      "service-account-signing-key-file": `${pki}/sa.key`,
      "service-cluster-ip-range": "10.96.0.0/12",
      "tls-cert-file": `${pki}/apiserver.crt`,
      "tls-private-key-file": `${pki}/apiserver.key`,
    }),
    "kube-controller-manager": manifest("kube-controller-manager", "kube-controller-manager:v1.37.2", {
      "bind-address": "127.0.0.1",
      "client-ca-file": `${pki}/ca.crt`,
      "cluster-signing-cert-file": `${pki}/ca.crt`,
      "cluster-signing-key-file": `${pki}/ca.key`,
      controllers: "*,bootstrapsigner,tokencleaner",
      kubeconfig: "/etc/kubernetes/controller-manager.conf",
      "root-ca-file": `${pki}/ca.crt`,
      "service-account-private-key-file": `${pki}/sa.key`,
    }),
    "kube-scheduler": manifest("kube-scheduler", "kube-scheduler:v1.37.2", {
      "bind-address": "127.0.0.1",
      kubeconfig: "/etc/kubernetes/scheduler.conf",
    }),
  };
}

const volumes = [
  { name: "kubernetes", path: "/etc/kubernetes" },
  { name: "etcd-data", path: "/var/lib/etcd" },
];

function manifest(name: string, image: string, flags: Readonly<Record<string, string>>): string {
  const command = [name, ...Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`)];
  return writeYaml({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "kube-system", labels: { component: name, tier: "control-plane" } },
    spec: {
      containers: [
        {
          name,
          image: `registry.k8s.io/${image}`,
          command,
          volumeMounts: volumes.map((volume) => ({ name: volume.name, mountPath: volume.path })),
        },
      ],
      hostNetwork: true,
      volumes: volumes.map((volume) => ({
        name: volume.name,
        hostPath: { path: volume.path, type: "DirectoryOrCreate" },
      })),
    },
  });
}

export const kubeletConfiguration = `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
containerRuntimeEndpoint: unix:///var/run/containerd/containerd.sock
healthzBindAddress: 127.0.0.1
healthzPort: 10248
rotateCertificates: true
staticPodPath: /etc/kubernetes/manifests
`;
