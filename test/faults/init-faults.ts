// What is wrong on a machine that is to be the first control plane.
import { initArguments, writeInside } from "../support/control-plane/stage.ts";
import type { InitFault } from "./control-plane-case.ts";
import { longPast, putAuthority, putForeignCertificate, putForeignKubeconfig } from "./foreign-files.ts";

const pki = "/etc/kubernetes/pki";
/** Where nothing has to be waited for. */
const atOnce = 5_000;
/** What a failure after the start of the kubelet leaves for a look at it; a reset clears it away. */
const started = /^\/(etc\/(kubernetes|ssl)|var\/lib\/(kubelet|etcd))(\/|$)/;

export const initFaults: readonly InitFault[] = [
  {
    name: "a CA that has expired",
    arguments: async (cluster, machine) => {
      await putAuthority(machine, "ca", { validity: longPast });
      return initArguments(cluster, machine);
    },
    code: "CERTIFICATE_INVALID",
    error: ["certificate ca: the certificate has expired", "NotAfter: 2021-01-01"],
    remedy: [
      "issued by CN=kubernetes",
      "valid from 2020-01-01T00:00:00Z to 2021-01-01T00:00:00Z",
      "this machine's clock",
    ],
    withinMs: atOnce,
  },
  {
    name: "a certificate of another CA",
    arguments: async (cluster, machine) => {
      await putAuthority(machine, "ca");
      await putForeignCertificate(machine, "apiserver");
      return initArguments(cluster, machine);
    },
    code: "CERTIFICATE_INVALID",
    error: ["certificate apiserver not signed by CA certificate ca"],
    remedy: [`${pki}/apiserver.crt is CN=kube-apiserver, issued by CN=kubernetes, valid from`, `${pki}/ca.crt is`],
    withinMs: atOnce,
  },
  {
    name: "a certificate whose CA is gone",
    arguments: async (cluster, machine) => {
      await putForeignCertificate(machine, "front-proxy-client");
      return initArguments(cluster, machine);
    },
    code: "CERTIFICATE_INVALID",
    error: [`front-proxy-client exists, but its CA ${pki}/front-proxy-ca.crt does not`],
    remedy: ["issued by CN=kubernetes", `move ${pki}/front-proxy-client.crt and ${pki}/front-proxy-client.key away`],
    withinMs: atOnce,
  },
  {
    name: "etcd's CA without its key",
    arguments: async (cluster, machine) => {
      await putAuthority(machine, "etcd/ca", { withKey: false });
      return initArguments(cluster, machine);
    },
    code: "CERTIFICATE_INVALID",
    error: [`open ${pki}/etcd/ca.key: no such file or directory`],
    remedy: [`Put ${pki}/etcd/ca.key in its place`],
    withinMs: atOnce,
  },
  {
    name: "a CA without its key, and nothing that it has signed",
    arguments: async (cluster, machine) => {
      await putAuthority(machine, "ca", { withKey: false });
      return initArguments(cluster, machine);
    },
    code: "EXTERNAL_CA_INCOMPLETE",
    error: [`${pki}/apiserver.key`, `${pki}/apiserver-kubelet-client.key`],
    remedy: ["kubeadm certs generate-csr", "copy the CA's key"],
    withinMs: atOnce,
  },
  {
    name: "a worker of a cluster",
    arguments: async (cluster, machine) => {
      await putAuthority(machine, "ca", { withKey: false });
      await putForeignKubeconfig(machine, "/etc/kubernetes/kubelet.conf");
      return initArguments(cluster, machine);
    },
    code: "EXTERNAL_CA_INCOMPLETE",
    error: ["invalid or incomplete external CA"],
    remedy: ["has joined a cluster as a worker (/etc/kubernetes/kubelet.conf exists)", "`kubeadm reset` here"],
    withinMs: atOnce,
  },
  {
    name: "a CA that cannot be read",
    arguments: (cluster, machine) => {
      writeInside(machine, `${pki}/ca.crt`, "no certificate");
      return initArguments(cluster, machine);
    },
    code: "CERTIFICATE_INVALID",
    error: [`error reading ${pki}/ca.crt: data does not contain any valid RSA or ECDSA certificates`],
    remedy: [`Check ${pki}/ca.crt`],
    withinMs: atOnce,
  },
  {
    name: "a public key of service accounts without the key that signs",
    arguments: (cluster, machine) => {
      writeInside(machine, `${pki}/sa.pub`, "someone's");
      return initArguments(cluster, machine);
    },
    code: "CERTIFICATE_INVALID",
    error: [`file ${pki}/sa.pub existed, but its private key ${pki}/sa.key does not`],
    remedy: [`Put the matching private key at ${pki}/sa.key`],
    withinMs: atOnce,
  },
  {
    name: "an admin.conf of another cluster",
    arguments: async (cluster, machine) => {
      await putForeignKubeconfig(machine, "/etc/kubernetes/admin.conf");
      return initArguments(cluster, machine);
    },
    code: "KUBECONFIG_INVALID",
    error: ['"/etc/kubernetes/admin.conf" exists but does not contain a trusted CA'],
    remedy: [
      "It trusts CN=kubernetes of",
      "the cluster's CA is not created yet",
      "Move /etc/kubernetes/admin.conf away",
    ],
    withinMs: atOnce,
  },
  {
    name: "a file in place of the certificates' directory",
    arguments: (cluster, machine) => {
      writeInside(machine, pki, "a file");
      return initArguments(cluster, machine);
    },
    code: "FILE_OPERATION_FAILED",
    error: ["not a directory"],
    remedy: [pki, "move it away"],
    withinMs: atOnce,
  },
  {
    name: "an address to advertise that the machine does not have",
    arguments: (cluster, machine) =>
      initArguments(cluster, machine, { init: { localAPIEndpoint: { advertiseAddress: "192.0.2.77" } } }),
    code: "PREFLIGHT_FAILED",
    error: ["preflight checks failed"],
    remedy: ["Fix the reported errors"],
    says: ["[ERROR Port-2379]", "This machine has no interface with the address 192.0.2.77."],
    withinMs: atOnce,
  },
  {
    name: "data of an earlier etcd",
    arguments: (cluster, machine) => {
      writeInside(machine, "/var/lib/etcd/member/snap/db", "data");
      return initArguments(cluster, machine);
    },
    code: "PREFLIGHT_FAILED",
    error: ["preflight checks failed"],
    remedy: ["Fix the reported errors"],
    says: [
      "[ERROR DirAvailable--var-lib-etcd]: /var/lib/etcd is not empty",
      "move /var/lib/etcd away, which keeps the data",
    ],
    withinMs: atOnce,
  },
  {
    name: "images that cannot be pulled",
    machine: {
      runtime: {
        pullFailures: Object.fromEntries(
          ["kube-apiserver", "kube-scheduler"].map((name) => [
            `registry.k8s.io/${name}:v1.37.2`,
            "dial tcp: lookup registry.k8s.io: no such host",
          ]),
        ),
      },
    },
    arguments: initArguments,
    code: "PREFLIGHT_FAILED",
    error: ["preflight checks failed"],
    remedy: ["Fix the reported errors"],
    says: [
      "Missing: registry.k8s.io/kube-apiserver:v1.37.2 registry.k8s.io/kube-scheduler:v1.37.2.",
      "ctr --namespace k8s.io images import FILE",
      "no such host",
    ],
    withinMs: 20_000,
  },
  {
    name: "a field that makes no sense",
    arguments: (cluster, machine) =>
      initArguments(cluster, machine, { cluster: { networking: { podSubnet: "10.244.0.0/33" } } }),
    code: "CONFIG_INVALID",
    error: ['networking.podSubnet: Invalid value: "10.244.0.0/33"'],
    remedy: ["/etc/kubeadm/init.yaml:"],
    withinMs: atOnce,
  },
  {
    name: "a kubelet that exits repeatedly",
    machine: { kubelet: { crashMessage: "running with swap on is not supported" } },
    arguments: initArguments,
    code: "KUBELET_CRASH_LOOP",
    error: ["the kubelet exited with status 1", "running with swap on is not supported"],
    remedy: ["KubeletConfiguration"],
    withinMs: 15_000,
    leaves: started,
  },
  {
    name: "data of an earlier etcd that preflight was told to ignore",
    machine: { kubelet: { crashMessage: "boom" } },
    arguments: (cluster, machine) => {
      writeInside(machine, "/var/lib/etcd/member/snap/db", "data");
      return [...initArguments(cluster, machine), "--ignore-preflight-errors=DirAvailable--var-lib-etcd"];
    },
    code: "KUBELET_CRASH_LOOP",
    error: ["the kubelet exited with status 1"],
    remedy: ["but --ignore-preflight-errors ignored it: [DirAvailable--var-lib-etcd] /var/lib/etcd is not empty"],
    withinMs: 30_000,
    leaves: started,
  },
  {
    name: "an argument that a component does not know",
    arguments: (cluster, machine) =>
      initArguments(cluster, machine, {
        cluster: { etcd: { local: { extraArgs: [{ name: "no-such", value: "1" }] } } },
      }),
    code: "CONTROL_PLANE_CRASH_LOOP",
    error: ["kube-apiserver check failed"],
    cause: ["etcd exited with status 1", "unknown flag: --no-such"],
    remedy: ["Fix the settings of etcd", "/etc/kubernetes/manifests/etcd.yaml"],
    says: ["The last lines that tell why:"],
    withinMs: 15_000,
    leaves: started,
  },
  {
    name: "a file that is not mounted into a component's Pod",
    arguments: (cluster, machine) =>
      initArguments(cluster, machine, {
        cluster: { apiServer: { extraArgs: [{ name: "client-ca-file", value: "/etc/nowhere/ca.crt" }] } },
      }),
    code: "CONTROL_PLANE_CRASH_LOOP",
    error: ["kube-apiserver check failed"],
    cause: ["open /etc/nowhere/ca.crt: no such file or directory"],
    remedy: ["extraVolumes"],
    withinMs: 15_000,
    leaves: started,
  },
];
