// Commands on the files of a control plane: certs, kubeconfig user.
import type { DifferCase, GivenEntry } from "../case.ts";
import { words } from "./command-line-cases.ts";
import { initDocuments } from "./configuration-text.ts";

const pki = "/etc/kubernetes/pki";
const junk = "not a certificate\n";

const damages: Readonly<Record<string, Readonly<Record<string, GivenEntry>>>> = {
  whole: {},
  "no apiserver.crt": { [`${pki}/apiserver.crt`]: { link: "/none" } },
  "an unparsable apiserver.crt": { [`${pki}/apiserver.crt`]: junk },
  "an unparsable apiserver.key": { [`${pki}/apiserver.key`]: junk },
  "an unparsable ca.crt": { [`${pki}/ca.crt`]: junk },
  "an unparsable ca.key": { [`${pki}/ca.key`]: junk },
  "an unparsable etcd/ca.crt": { [`${pki}/etcd/ca.crt`]: junk },
  "an unparsable admin.conf": { "/etc/kubernetes/admin.conf": junk },
  "an empty admin.conf": { "/etc/kubernetes/admin.conf": "" },
};

const lines: readonly string[] = [
  "certs check-expiration",
  "certs check-expiration -o json",
  "certs check-expiration -o yaml",
  "certs check-expiration -o jsonpath={.certificates[*].name}",
  "certs renew all",
  "certs renew admin.conf",
  "certs renew apiserver",
  "certs renew etcd-server",
  "certs renew front-proxy-client",
];

const more: readonly string[] = [
  "certs renew apiserver-kubelet-client",
  "certs renew controller-manager.conf",
  "certs renew scheduler.conf",
  "certs renew super-admin.conf",
  "certs renew etcd-peer",
  "certs renew etcd-healthcheck-client",
  "certs renew apiserver-etcd-client",
  "certs renew all --config c.yaml",
  "certs renew all --cert-dir /x",
  "certs renew all --kubeconfig /none",
  "certs renew all --kubeconfig-dir /x",
  "certs check-expiration --config c.yaml",
  "certs check-expiration --cert-dir /x",
  "certs check-expiration --kubeconfig /none",
  "certs check-expiration --cert-dir rel",
  "certs generate-csr",
  "certs generate-csr --config c.yaml",
  "certs generate-csr --cert-dir /x/pki --kubeconfig-dir /x",
  "certs generate-csr --cert-dir /x/pki --kubeconfig-dir /x --config c.yaml",
  "certs generate-csr --cert-dir rel --kubeconfig-dir rel2 --config c.yaml",
  "certs generate-csr --kubeconfig-dir '' --config c.yaml",
  "kubeconfig user --client-name x --config c.yaml",
  "kubeconfig user --client-name x --org a --org b --config c.yaml",
  "kubeconfig user --client-name x --org a,b --config c.yaml",
  "kubeconfig user --client-name x --token t --config c.yaml",
  "kubeconfig user --client-name x --validity-period 1h --config c.yaml",
  "kubeconfig user --client-name x --validity-period 0 --config c.yaml",
  "kubeconfig user --client-name x --validity-period -1h --config c.yaml",
  "kubeconfig user --client-name x --validity-period 200000h --config c.yaml",
  "kubeconfig user --client-name '' --config c.yaml",
  "kubeconfig user --client-name 'a b/c' --config c.yaml",
  "kubeconfig user --client-name x",
];

/** What upstream's program reads besides the configuration; without it, it takes the defaults. */
const node = {
  apiVersion: "v1",
  kind: "Node",
  metadata: { name: "node-1" },
  spec: {},
  status: {},
};
const apiServerPod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name: "kube-apiserver-node-1",
    namespace: "kube-system",
    labels: { component: "kube-apiserver", tier: "control-plane" },
    annotations: { "kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint": "192.0.2.10:6443" },
  },
  spec: { nodeName: "node-1", containers: [{ name: "kube-apiserver", image: "x" }] },
  status: {},
};

const config = { "c.yaml": initDocuments({ controlPlaneEndpoint: "lb.example.org:6443", clusterName: "mine" }) };

export function certsCases(): readonly DifferCase[] {
  const damaged = Object.entries(damages).flatMap(([name, files]) =>
    lines
      // Renewals are slow: a damage shows in one of them as in all.
      .filter((line) => name === "whole" || !/renew (all|etcd-server|front-proxy-client)$/.test(line))
      .map((line) => on(`${line}/${name}`, line, { tree: "control-plane", files })),
  );
  const others = more.flatMap((line) =>
    (line.includes("renew") ? ["nothing", "control-plane"] : ["nothing", "pki", "control-plane", "external-ca"]).map(
      (tree) => on(`${line}/on ${tree}`, line, { tree, files: config }),
    ),
  );
  const inCluster = [...lines, "certs renew all --config c.yaml", "certs check-expiration --config c.yaml"].map(
    (line) =>
      on(`${line}/in a cluster`, line, {
        tree: "control-plane",
        files: { ...config, "/etc/kubernetes/admin.conf": { content: "<admin.conf>", mode: 0o600 } },
        world: { apiServer: line.includes("renew") ? {} : { objects: [node, apiServerPod] } },
      }),
  );
  return [...damaged, ...others, ...inCluster];
}

function on(name: string, line: string, rest: Partial<DifferCase>): DifferCase {
  return { name: `certs/${name}`, args: words(line), ...rest };
}
