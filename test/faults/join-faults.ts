// What is wrong with a machine, or with the cluster, when it is to become a further control plane.
import { existsSync } from "node:fs";
import { resources } from "../../src/embedded/control-plane/index.ts";
import type { ClusterMachine } from "../../src/embedded/index.ts";
import { kubeadm } from "../support/control-plane/kubeadm.ts";
import { joinArguments, type Started, storageOf, succeeded, writeInside } from "../support/control-plane/stage.ts";
import type { JoinFault } from "./control-plane-case.ts";
import { putForeignCertificate, putForeignKubeconfig } from "./foreign-files.ts";

const atOnce = 5_000;
/** What the downloaded certificates, and what was made with them, leave; a reset clears it away. */
const prepared = /^\/etc\/kubernetes(\/|$)/;
const started = /^\/(etc\/(kubernetes|ssl)|var\/lib\/(kubelet|etcd))(\/|$)/;
const join = (started: Started, machine: ClusterMachine) => joinArguments(started, machine, "control-plane");

/** The arguments as they are; the configuration that they name gets further members. */
function changed(args: readonly string[], machine: ClusterMachine, members: object): readonly string[] {
  const path = "/etc/kubeadm/join.yaml";
  const configuration: unknown = JSON.parse(machine.read(path));
  writeInside(machine, path, JSON.stringify(Object.assign({}, configuration, members)));
  return args;
}

function removeRoleBinding({ cluster }: Started, name: string): void {
  storageOf(cluster).delete(resources.roleBindings, { namespace: "kube-system", name });
}

export const joinFaults: readonly JoinFault[] = [
  {
    name: "with a certificate key that is not the upload's",
    arguments: (cluster, machine) => joinArguments(cluster, machine, "control-plane", "f".repeat(64)),
    code: "CERTIFICATE_KEY_WRONG",
    error: ["error decoding secret data with provided key: cipher: message authentication failed"],
    remedy: ["kubeadm init phase upload-certs --upload-certs"],
    withinMs: atOnce,
  },
  {
    name: "with a certificate key that is not one",
    arguments: (cluster, machine) => joinArguments(cluster, machine, "control-plane", "xyz"),
    code: "CONFIG_INVALID",
    error: ["controlPlane.certificateKey: Invalid value"],
    remedy: ["/etc/kubeadm/join.yaml:"],
    withinMs: atOnce,
  },
  {
    name: "without a certificate key and without the files",
    arguments: (cluster, machine) => joinArguments(cluster, machine, "control-plane", ""),
    code: "SHARED_CERTIFICATES_MISSING",
    error: ["error execution phase preflight:"],
    remedy: ["--certificate-key", "sa.key"],
    says: ["ca.crt", "sa.key", "front-proxy-ca.crt", "etcd/ca.crt"],
    withinMs: atOnce,
  },
  {
    name: "after the upload has expired",
    harmsCluster: true,
    arguments: (started, machine) => {
      storageOf(started.cluster).delete(resources.secrets, { namespace: "kube-system", name: "kubeadm-certs" });
      return join(started, machine);
    },
    code: "CERTIFICATES_SECRET_MISSING",
    error: ['Secret "kubeadm-certs" was not found in the "kube-system" Namespace. This Secret might have expired'],
    remedy: ["kubeadm init phase upload-certs --upload-certs"],
    withinMs: atOnce,
  },
  {
    name: "where the rules of the upload are gone",
    harmsCluster: true,
    arguments: (started, machine) => {
      removeRoleBinding(started, "kubeadm:kubeadm-certs");
      return join(started, machine);
    },
    code: "CERTIFICATES_SECRET_FORBIDDEN",
    error: ['secrets "kubeadm-certs" is forbidden'],
    remedy: ["Restore the RBAC rules"],
    withinMs: 20_000,
  },
  {
    name: "where the rules of the configuration are gone",
    harmsCluster: true,
    arguments: (started, machine) => {
      removeRoleBinding(started, "kubeadm:nodes-kubeadm-config");
      return join(started, machine);
    },
    code: "CLUSTER_READ_FAILED",
    error: ['configmaps "kubeadm-config" is forbidden'],
    remedy: ["kubeadm init phase upload-config all"],
    withinMs: 20_000,
  },
  {
    name: "where manifests already exist",
    arguments: (started, machine) => {
      writeInside(machine, "/etc/kubernetes/manifests/kube-apiserver.yaml", "left");
      return join(started, machine);
    },
    code: "PREFLIGHT_FAILED",
    error: ["preflight checks failed"],
    remedy: ["Fix the reported errors"],
    says: ["/etc/kubernetes/manifests/kube-apiserver.yaml already exists", "run 'kubeadm reset' first"],
    withinMs: atOnce,
  },
  {
    name: "where there is a certificate of another CA",
    arguments: async (started, machine) => {
      await putForeignCertificate(machine, "apiserver");
      return join(started, machine);
    },
    code: "CERTIFICATE_INVALID",
    error: ["certificate apiserver is not signed by corresponding CA"],
    remedy: ["/etc/kubernetes/pki/apiserver.crt is CN=kube-apiserver, issued by CN=kubernetes, valid from"],
    withinMs: atOnce,
    leaves: prepared,
  },
  {
    name: "where there is an admin.conf of another cluster",
    arguments: async (started, machine) => {
      await putForeignKubeconfig(machine, "/etc/kubernetes/admin.conf");
      return join(started, machine);
    },
    code: "KUBECONFIG_INVALID",
    error: ['"/etc/kubernetes/admin.conf" exists but does not contain a trusted CA'],
    remedy: ["It trusts CN=kubernetes of", "Move /etc/kubernetes/admin.conf away"],
    withinMs: atOnce,
    leaves: prepared,
  },
  {
    name: "on data of an etcd that no one knows",
    arguments: (started, machine) => {
      writeInside(machine, "/var/lib/etcd/member/snap/db", "data");
      return [...join(started, machine), "--ignore-preflight-errors=DirAvailable--var-lib-etcd"];
    },
    code: "ETCD_DATA_FOREIGN",
    error: ["/var/lib/etcd contains data of an unknown etcd member"],
    remedy: ["Move /var/lib/etcd away, which keeps the data"],
    withinMs: 15_000,
    leaves: started,
  },
  {
    name: "in a cluster whose etcd has lost its quorum",
    harmsCluster: true,
    arguments: async (started, machine) => {
      const second = await started.cluster.machine("cp2");
      succeeded(await kubeadm(second, join(started, second)), second);
      await second.runtime.stop();
      return changed(join(started, machine), machine, { timeouts: { discovery: "5s" } });
    },
    code: "CLUSTER_REQUEST_FAILED",
    error: ["etcdserver: no leader"],
    remedy: ["The API server or its etcd is failing", "/readyz?verbose"],
    withinMs: 15_000,
    members: ["cp1", "cp2"],
  },
  {
    name: "whose etcd is given an argument that it does not know",
    arguments: (started, machine) => {
      const patch = [{ op: "add", path: "/spec/containers/0/command/-", value: "--no-such=1" }];
      writeInside(machine, "/etc/kubeadm/patches/etcd+json.json", JSON.stringify(patch));
      return changed(join(started, machine), machine, { patches: { directory: "/etc/kubeadm/patches" } });
    },
    code: "ETCD_NOT_STARTED",
    error: ["the etcd member", "is not started"],
    cause: ["etcd exited with status 1", "unknown flag: --no-such"],
    remedy: ["Fix the settings of etcd"],
    says: ["The last lines that tell why:"],
    withinMs: 20_000,
    leaves: started,
  },
  {
    name: "whose kubelet is stopped before it starts etcd",
    machine: { kubelet: { startDelayMs: 2_000 } },
    arguments: (started, machine) => {
      const manifest = machine.root.inside("/etc/kubernetes/manifests/etcd.yaml");
      const { services } = machine.ports.host;
      const stop = setInterval(() => {
        if (!existsSync(manifest)) return;
        clearInterval(stop);
        void services.stop("kubelet", AbortSignal.timeout(5_000));
      }, 5);
      stop.unref();
      return join(started, machine);
    },
    code: "ETCD_NOT_STARTED",
    error: ["the etcd member", "is not started"],
    cause: ["the kubelet service is inactive (dead)"],
    remedy: ["systemctl start kubelet"],
    withinMs: 20_000,
    leaves: started,
  },
  {
    name: "in a cluster without a living API server",
    harmsCluster: true,
    arguments: async (started, machine) => {
      await started.cp1.runtime.stop();
      return changed(join(started, machine), machine, { timeouts: { discovery: "5s" } });
    },
    code: "DISCOVERY_UNREACHABLE",
    error: ["failed to request the cluster-info ConfigMap"],
    remedy: ["like a load balancer without a healthy API server"],
    withinMs: 15_000,
    members: [],
  },
];
