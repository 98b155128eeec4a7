import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { testAuthority } from "../../../fixtures/pki/authority.ts";
import { fileFacts, inventoryOf, lastingResources, lossesBetween, memberFacts, objectFacts } from "./inventory.ts";

const configMap = (data: Readonly<Record<string, string>>) => ({
  kind: "ConfigMap",
  metadata: { namespace: "kube-system", name: "kubeadm-config", resourceVersion: "1" },
  data,
});

const pem = (key: { export(options: { type: "pkcs8"; format: "pem" }): string | Buffer }) =>
  String(key.export({ type: "pkcs8", format: "pem" }));
const newKey = () => pem(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey);

const members = [
  "8e9e05c52164694d, started, cp1, https://192.0.2.10:2380, https://192.0.2.10:2379, false",
  "91bc3c398fb3c146, started, cp2, https://192.0.2.11:2380, https://192.0.2.11:2379, false",
  "",
];
const statuses = [
  "https://192.0.2.10:2379, 8e9e05c52164694d, 3.7.3, 4.1 MB, true, false, 2, 900, 900, ",
  "https://192.0.2.11:2379, 91bc3c398fb3c146, 3.7.3, 4.1 MB, false, false, 2, 900, 900, ",
  "",
];
const etcd = (list: readonly string[], answering: readonly string[]) =>
  memberFacts(list.join("\n"), answering.join("\n"));

interface Row {
  readonly name: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly losses: readonly (string | RegExp)[];
}

const key = newKey();
const node = {
  kind: "Node",
  metadata: { name: "w1", labels: { disk: "ssd" } },
  spec: { podCIDR: "10.244.1.0/24", taints: [{ key: "own", effect: "NoSchedule" }] },
};
const manifest = (...command: readonly string[]) => ({
  path: "/etc/kubernetes/manifests/etcd.yaml",
  content: JSON.stringify({ spec: { containers: [{ command: ["etcd", ...command] }] } }),
});

const rows: readonly Row[] = [
  {
    name: "an object that is gone, with its content",
    before: objectFacts(configMap({ a: "1" })),
    after: [],
    losses: ["ConfigMap kube-system/kubeadm-config", /^ConfigMap kube-system\/kubeadm-config: data a is/],
  },
  {
    name: "content that was overwritten, though its object is there",
    before: objectFacts(configMap({ a: "1", b: "2" })),
    after: objectFacts(configMap({ a: "1", b: "3", c: "4" })),
    losses: [/^ConfigMap kube-system\/kubeadm-config: data b is/],
  },
  {
    name: "nothing, if fields come in another order and the server counts on",
    before: objectFacts({
      kind: "ClusterRole",
      metadata: { name: "x", uid: "1" },
      rules: [{ verbs: ["get"], resources: ["y"] }],
    }),
    after: objectFacts({
      kind: "ClusterRole",
      metadata: { name: "x", uid: "2" },
      rules: [{ resources: ["y"], verbs: ["get"] }],
    }),
    losses: [],
  },
  {
    name: "label and taint of a Node that was recreated, but not its Pod CIDR",
    before: objectFacts(node),
    after: objectFacts({ kind: "Node", metadata: { name: "w1" }, spec: { podCIDR: "10.244.2.0/24" } }),
    losses: ["Node w1: label disk=ssd", "Node w1: taint own:NoSchedule"],
  },
  {
    name: "nothing, if a Node is no longer in the state that it had after its join",
    before: objectFacts({
      ...node,
      spec: { taints: [...node.spec.taints, { key: "node.kubernetes.io/not-ready", effect: "NoExecute" }] },
    }),
    after: objectFacts(node),
    losses: [],
  },
  {
    name: "nothing, if the signatures of cluster-info are others",
    before: objectFacts({ ...configMap({ "jws-kubeconfig-abcdef": "1" }) }),
    after: objectFacts({ ...configMap({}) }),
    losses: [],
  },
  {
    name: "nothing, if uploaded certificates have expired, which are copies",
    before: objectFacts({ kind: "Secret", metadata: { namespace: "kube-system", name: "kubeadm-certs" } }),
    after: [],
    losses: [],
  },
  {
    name: "a member of etcd that was removed",
    before: etcd(members, statuses),
    after: etcd(members.slice(0, 1), statuses.slice(0, 1)),
    losses: [/cp2 \(91bc3c398fb3c146\).*: voter/, /cp2.*: has its data/],
  },
  {
    name: "the data of a member that no longer answers",
    before: etcd(members, statuses),
    after: etcd(members, statuses.slice(0, 1)),
    losses: [/cp2.*: has its data/],
  },
  {
    name: "the key of a CA that was recreated",
    before: fileFacts("cp1", { path: "/etc/kubernetes/pki/ca.key", content: key }),
    after: fileFacts("cp1", { path: "/etc/kubernetes/pki/ca.key", content: newKey() }),
    losses: [/^cp1:\/etc\/kubernetes\/pki\/ca\.key: key [0-9a-f]{16}$/],
  },
  {
    name: "nothing, if a leaf has a new key",
    before: fileFacts("cp1", { path: "/etc/kubernetes/pki/apiserver.key", content: key }),
    after: fileFacts("cp1", { path: "/etc/kubernetes/pki/apiserver.key", content: newKey() }),
    losses: [],
  },
  {
    name: "a key that was damaged",
    before: fileFacts("cp1", { path: "/etc/kubernetes/pki/sa.key", content: key }),
    after: fileFacts("cp1", { path: "/etc/kubernetes/pki/sa.key", content: "damaged" }),
    losses: [/sa\.key: key/],
  },
  {
    name: "a flag of a static Pod, except those with which an etcd begins",
    before: fileFacts("cp1", manifest("--quota-backend-bytes=8", "--initial-cluster=cp1=x,cp2=y")),
    after: fileFacts("cp1", manifest("--initial-cluster=cp1=x")),
    losses: ["cp1:/etc/kubernetes/manifests/etcd.yaml: --quota-backend-bytes=8"],
  },
  {
    name: "the cluster of a kubeconfig",
    before: fileFacts("w1", kubeconfig("https://endpoint.lab:6443")),
    after: fileFacts("w1", kubeconfig("https://192.0.2.10:6443")),
    losses: ["w1:/etc/kubernetes/kubelet.conf: server https://endpoint.lab:6443"],
  },
];

function kubeconfig(server: string) {
  return { path: "/etc/kubernetes/kubelet.conf", content: JSON.stringify({ clusters: [{ cluster: { server } }] }) };
}

describe("what was lost", () => {
  it.each(rows)("$name", ({ before, after, losses }) => {
    const found = lossesBetween(inventoryOf(before), inventoryOf(after));
    expect(found).toEqual(losses.map((each) => (typeof each === "string" ? each : expect.stringMatching(each))));
  });

  it("a CA that was replaced by one of the same name", async () => {
    const facts = async () => {
      const { certificate } = await testAuthority();
      return fileFacts("cp1", { path: "/etc/kubernetes/pki/ca.crt", content: certificate.toString() });
    };
    const [before, after] = [await facts(), await facts()];
    expect(lossesBetween(inventoryOf(before), inventoryOf(after))).toEqual(before);
  });
});

it("objects that controllers and kubelets make again are not counted", () => {
  const names = ["configmaps", "events", "nodes", "pods", "leases.coordination.k8s.io", ""];
  expect(lastingResources(names)).toEqual(["configmaps", "nodes"]);
});
