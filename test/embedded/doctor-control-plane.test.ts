// `kubeadm doctor` on a control plane of the embedded cluster that is broken in one way after the other.
import { createPublicKey } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { resources, type StoredObject } from "../../src/embedded/control-plane/index.ts";
import type { ClusterMachine } from "../../src/embedded/index.ts";
import { kubeadm } from "../support/control-plane/kubeadm.ts";
import { eventually, limitMs, type Started, startedCluster, storageOf } from "../support/control-plane/stage.ts";

interface Report {
  readonly state: string;
  readonly firstCause?: string;
  readonly findingsInCausalOrder: readonly string[];
  readonly checks: readonly {
    readonly name: string;
    readonly group: string;
    readonly state: string;
    readonly note?: string;
    readonly findings?: readonly {
      readonly severity: string;
      readonly finding: string;
      readonly evidence?: readonly string[];
      readonly commands?: readonly string[];
    }[];
  }[];
}

async function doctor(machine: ClusterMachine): Promise<Report> {
  const { stdout, stderr } = await kubeadm(machine, ["doctor", "-o", "json"]);
  expect(stderr).toBe("");
  return JSON.parse(stdout) as Report;
}

function findingsOf({ checks }: Report, name: string) {
  return checks.find((check) => check.name === name)?.findings ?? [];
}

let started: Started;
let cp1: ClusterMachine;

beforeAll(async () => {
  started = await startedCluster();
  cp1 = started.cp1;
}, limitMs);

afterAll(async () => {
  await started[Symbol.asyncDispose]();
});

type Undo = () => void;

/** Changes the text of a file until the undo. */
function changed(path: string, change: (text: string) => string): Undo {
  const file = cp1.root.inside(path);
  const before = readFileSync(file, "utf8");
  writeFileSync(file, change(before));
  return () => writeFileSync(file, before);
}

function away(path: string): Undo {
  const file = cp1.root.inside(path);
  renameSync(file, `${cp1.root.path}/put-away`);
  return () => renameSync(`${cp1.root.path}/put-away`, file);
}

const manifest = (name: string) => `/etc/kubernetes/manifests/${name}.yaml`;
const withFlag = (flag: string) => (text: string) => text.replace(/^( *)- (--[a-z-]+=.*)$/m, `$1- $2\n$1- ${flag}`);

type Resource = (typeof resources)[keyof typeof resources];
type Key = Parameters<ReturnType<typeof storageOf>["get"]>[1];

const inSystem = (name: string): Key => ({ namespace: "kube-system", name });

/** Changes an object of the cluster until the undo. */
function changedObject(resource: Resource, key: Key, change: (object: StoredObject) => StoredObject): Undo {
  const storage = storageOf(started.cluster);
  const before = storage.get(resource, key);
  storage.update(resource, key, {}, change);
  return () => storage.update(resource, key, {}, (object) => before ?? object);
}

function deletedObject(resource: Resource, key: Key): Undo {
  const object = storageOf(started.cluster).delete(resource, key);
  return () => storageOf(started.cluster).create(resource, object);
}

function createdObject(resource: Resource, object: StoredObject): Undo {
  const { namespace, name } = object.metadata;
  storageOf(started.cluster).create(resource, object);
  return () => storageOf(started.cluster).delete(resource, namespace === undefined ? { name } : { namespace, name });
}

function dataOf(object: StoredObject): Readonly<Record<string, string>> {
  return object["data"] as Readonly<Record<string, string>>;
}

function withData(changes: Readonly<Record<string, string>>) {
  return (object: StoredObject): StoredObject => ({ ...object, data: { ...dataOf(object), ...changes } });
}

const base64 = (text: string) => Buffer.from(text).toString("base64");
const inMinutes = (minutes: number) => `${new Date(Date.now() + minutes * 60_000).toISOString().slice(0, 19)}Z`;

function bootstrapToken(id: string, expiration: string): StoredObject {
  const data = {
    "token-id": id,
    "token-secret": "0123456789abcdef",
    expiration,
    "usage-bootstrap-signing": "true",
    "usage-bootstrap-authentication": "true",
    "auth-extra-groups": "system:bootstrappers:kubeadm:default-node-token",
  };
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { namespace: "kube-system", name: `bootstrap-token-${id}` },
    type: "bootstrap.kubernetes.io/token",
    data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, base64(value)])),
  } as StoredObject;
}

interface Fault {
  readonly fault: string;
  readonly inject: () => Undo;
  readonly first: string;
  readonly finding: RegExp;
  /** What mends it, in this order. */
  readonly commands?: readonly RegExp[];
}

const stored = /^kubectl .*configmap kubeadm-config .*> cluster\.yaml$/;

const faults: readonly Fault[] = [
  {
    fault: "the manifest of etcd is missing",
    inject: () => away(manifest("etcd")),
    first: "static-pod-manifests",
    finding: /etcd\.yaml is missing, so the kubelet is not running etcd\./,
  },
  {
    fault: "the manifest of the scheduler is not valid YAML",
    inject: () => changed(manifest("kube-scheduler"), (text) => `${text}\n\t- {`),
    first: "static-pod-manifests",
    finding: /cannot use .*kube-scheduler\.yaml, so kube-scheduler is not running: it is not valid YAML/,
    commands: [stored, /^kubeadm init phase control-plane scheduler --config cluster\.yaml$/],
  },
  {
    fault: "the manifest of the controller manager is not a Pod",
    inject: () => changed(manifest("kube-controller-manager"), (text) => text.replace("kind: Pod", "kind: Job")),
    first: "static-pod-manifests",
    finding: /kube-controller-manager is not running: it is not a valid Pod/,
  },
  {
    fault: "a backup of a manifest is in the manifest directory",
    inject: () => {
      const copy = cp1.root.inside(`${manifest("kube-scheduler")}.bak`);
      writeFileSync(copy, cp1.read(manifest("kube-scheduler")));
      return () => rmSync(copy);
    },
    first: "static-pod-manifests",
    finding: /kube-scheduler\.yaml\.bak defines the Pod kube-scheduler too/,
  },
  {
    fault: "the kubelet reads static Pods from another directory",
    inject: () =>
      changed("/var/lib/kubelet/config.yaml", (text) =>
        text.replace(/^staticPodPath: .*$/m, "staticPodPath: /etc/kubelet.d"),
      ),
    first: "static-pod-manifests",
    finding: /reads static Pods from \/etc\/kubelet\.d, not from \/etc\/kubernetes\/manifests/,
  },
  {
    fault: "the API server does not know one of its flags",
    inject: () => changed(manifest("kube-apiserver"), withFlag("--no-such-flag=1")),
    first: "kube-apiserver-pod",
    finding: /^kube-apiserver exited with status 1.*no-such-flag/,
  },
  {
    fault: "etcd does not know one of its flags",
    inject: () => changed(manifest("etcd"), withFlag("--no-such-flag=1")),
    first: "etcd-pod",
    finding: /^etcd exited with status 1/,
  },
  {
    fault: "the machine has lost the address that its API server advertises",
    inject: () => changed(manifest("kube-apiserver"), (text) => text.replaceAll(cp1.address, "192.0.2.77")),
    first: "own-addresses",
    finding: /No interface of this machine has the address 192\.0\.2\.77/,
  },
  {
    fault: "the key of the front proxy's CA is another one",
    inject: () => changed("/etc/kubernetes/pki/front-proxy-ca.key", () => cp1.read("/etc/kubernetes/pki/ca.key")),
    first: "control-plane-cas",
    finding: /private key .*front-proxy-ca\.key does not match .*front-proxy-ca\.crt/,
  },
  {
    fault: "the service account keys are no pair",
    inject: () =>
      changed("/etc/kubernetes/pki/sa.pub", () =>
        createPublicKey(cp1.read("/etc/kubernetes/pki/ca.key")).export({ type: "spki", format: "pem" }).toString(),
      ),
    first: "control-plane-cas",
    finding: /sa\.pub is not the public half of .*sa\.key/,
  },
  {
    fault: "the controlPlaneEndpoint has a new name, the certificate does not",
    inject: () =>
      changedObject(resources.configMaps, inSystem("kubeadm-config"), (object) =>
        withData({
          ClusterConfiguration: (dataOf(object)["ClusterConfiguration"] ?? "").replace(
            started.cluster.endpoint,
            "new.example.org:6443",
          ),
        })(object),
      ),
    first: "serving-names",
    finding: /The certificate apiserver\.crt is not valid for new\.example\.org/,
    commands: [
      /^mv --backup=numbered .*\/apiserver\.crt /,
      /^mv --backup=numbered .*\/apiserver\.key /,
      /^kubeadm init phase certs apiserver --apiserver-advertise-address \S+ --service-cidr \S+ --kubernetes-version \S+ .*--apiserver-cert-extra-sans \S*kubernetes\.default\S*,new\.example\.org$/,
      /crictl stop$/,
      /^systemctl restart kubelet$/,
    ],
  },
  {
    fault: "a check of readyz fails",
    inject: () => {
      cp1.apiServer?.health.fail("informer-sync", "3 informers not started yet");
      return () => cp1.apiServer?.health.recover("informer-sync");
    },
    first: "kube-apiserver-health",
    finding: /is not ready: these checks fail: informer-sync\./,
  },
  {
    fault: "two checks of livez fail",
    inject: () => {
      const checks = ["log", "poststarthook/rbac/bootstrap-roles"] as const;
      for (const check of checks) cp1.apiServer?.health.fail(check, "broken");
      return () => {
        for (const check of checks) cp1.apiServer?.health.recover(check);
      };
    },
    first: "kube-apiserver-health",
    finding: /is not live: these checks fail: log, poststarthook\/rbac\/bootstrap-roles\./,
  },
  {
    fault: "the scheduler does not know one of its flags",
    inject: () => changed(manifest("kube-scheduler"), withFlag("--colour=blue")),
    first: "kube-scheduler",
    finding: /^kube-scheduler exited with status 1.*colour/,
  },
  {
    fault: "kubeadm-config is missing",
    inject: () => deletedObject(resources.configMaps, inSystem("kubeadm-config")),
    first: "kubeadm-config",
    finding: /ConfigMap kube-system\/kubeadm-config is missing/,
  },
  {
    fault: "kubelet-config cannot be decoded",
    inject: () => changedObject(resources.configMaps, inSystem("kubelet-config"), withData({ kubelet: "]\u001b[2J" })),
    first: "kubelet-config",
    finding: /ConfigMap kube-system\/kubelet-config cannot be used/,
  },
  {
    fault: "a token expires soon",
    inject: () => createdObject(resources.secrets, bootstrapToken("soonso", inMinutes(10))),
    first: "bootstrap-tokens",
    finding: /token soonso expires in (10m|9m\d+s)/,
  },
  {
    fault: "cluster-info is missing",
    inject: () => deletedObject(resources.configMaps, { namespace: "kube-public", name: "cluster-info" }),
    first: "cluster-info",
    finding: /ConfigMap kube-public\/cluster-info is missing: no machine can join with a token/,
  },
  {
    fault: "the uploaded certificates have no owner",
    inject: () =>
      changedObject(resources.secrets, inSystem("kubeadm-certs"), ({ metadata, ...object }) => {
        const { ownerReferences: _, ...others } = metadata;
        return { ...object, metadata: others } as StoredObject;
      }),
    first: "uploaded-certificates",
    finding: /Secret kube-system\/kubeadm-certs has no owner/,
  },
  {
    fault: "nothing approves the certificates of joining machines",
    inject: () =>
      changedObject(resources.clusterRoleBindings, { name: "kubeadm:node-autoapprove-bootstrap" }, (object) => ({
        ...object,
        subjects: [],
      })),
    first: "join-permissions",
    finding: /ClusterRoleBinding kubeadm:node-autoapprove-bootstrap does not name the Group .*default-node-token/,
  },
  {
    fault: "joining machines may not read cluster-info",
    inject: () =>
      deletedObject(resources.roleBindings, { namespace: "kube-public", name: "kubeadm:bootstrap-signer-clusterinfo" }),
    first: "join-permissions",
    finding: /RoleBinding kube-public\/kubeadm:bootstrap-signer-clusterinfo is missing/,
  },
  {
    // Without the stored configurations, the phases would replace them by the defaults.
    fault: "joining machines may not read the cluster's configuration",
    inject: () => deletedObject(resources.roles, inSystem("kubeadm:nodes-kubeadm-config")),
    first: "join-permissions",
    finding: /Role kube-system\/kubeadm:nodes-kubeadm-config is missing/,
    commands: [stored, /^kubeadm init phase upload-config kubeadm --config cluster\.yaml$/],
  },
  {
    fault: "joining machines may not read the kubelets' configuration",
    inject: () => deletedObject(resources.roles, inSystem("kubeadm:kubelet-config")),
    first: "join-permissions",
    finding: /Role kube-system\/kubeadm:kubelet-config is missing/,
    commands: [
      stored,
      /configmap kubelet-config .*>> cluster\.yaml$/,
      /^kubeadm init phase upload-config kubelet --config cluster\.yaml$/,
    ],
  },
  {
    fault: "the certificate by which the API server asks kubelets is missing, its key is not",
    inject: () => away("/etc/kubernetes/pki/apiserver-kubelet-client.crt"),
    first: "control-plane-certificates",
    finding: /apiserver-kubelet-client\.crt is missing/,
    commands: [
      /^mv .*\/apiserver-kubelet-client\.key /,
      /^kubeadm init phase certs apiserver-kubelet-client$/,
      /'\^kube-apiserver\$' .*crictl stop$/,
      /^systemctl restart kubelet$/,
    ],
  },
  {
    fault: "a worker's kubelet is four minor versions older",
    inject: () =>
      createdObject(resources.nodes, {
        apiVersion: "v1",
        kind: "Node",
        metadata: { name: "old" },
        status: { nodeInfo: { kubeletVersion: "v1.33.4" } },
      } as StoredObject),
    first: "version-skew",
    finding: /kubelet v1\.33\.4 on old is more than 3 minor versions older than the API server/,
  },
  {
    fault: "a kubelet waits for its serving certificate",
    inject: () =>
      createdObject(resources.certificateSigningRequests, {
        apiVersion: "certificates.k8s.io/v1",
        kind: "CertificateSigningRequest",
        metadata: { name: "csr-serve" },
        spec: { request: "", signerName: "kubernetes.io/kubelet-serving", username: "system:node:w1\u001b[31m" },
        status: {},
      } as StoredObject),
    first: "serving-csrs",
    finding: /1 certificate signing request waits for approval: the kubelets of w1/,
  },
  {
    fault: "the DaemonSet kube-proxy was deleted, its ConfigMap was not",
    inject: () => deletedObject(resources.daemonSets, inSystem("kube-proxy")),
    first: "kube-proxy",
    finding: /DaemonSet kube-system\/kube-proxy is missing/,
    commands: [stored, /^kubeadm init phase addon kube-proxy --config cluster\.yaml$/],
  },
  {
    fault: "half of CoreDNS is not ready, for an hour",
    inject: () =>
      changedObject(resources.deployments, inSystem("coredns"), (object) => ({
        ...object,
        metadata: { ...object.metadata, creationTimestamp: "2020-01-01T00:00:00Z" },
        status: { observedGeneration: 1, replicas: 2, readyReplicas: 1 },
      })),
    first: "coredns",
    finding: /1 of 2 Pods of the Deployment kube-system\/coredns are ready/,
  },
];

describe("doctor on a control plane", () => {
  it("finds nothing wrong if nothing is", async () => {
    const report = await eventually("a doctor that finds nothing", async () => {
      const each = await doctor(cp1);
      return each.findingsInCausalOrder.length === 0 ? each : undefined;
    });
    const own = report.checks.filter(({ group }) => group === "control-plane");
    const unseen = own.filter(({ state }) => state !== "ok").map(({ name, note }) => `${name}: ${note}`);
    // What the embedded etcd does not have.
    expect(unseen).toEqual(["etcd-disk: etcd serves no metrics"]);
  });

  it.each(faults)("names it first: $fault", { timeout: limitMs }, async ({ inject, first, finding, commands }) => {
    const undo = inject();
    try {
      const report = await eventually(`${first} as the first cause`, async () => {
        const each = await doctor(cp1);
        const found = findingsOf(each, first).map((one) => one.finding);
        return each.firstCause === first && found.some((text) => finding.test(text)) ? each : undefined;
      });
      expect(
        findingsOf(report, first)
          .map((one) => one.finding)
          .join("\n"),
      ).toMatch(finding);
      if (commands !== undefined) {
        const printed = findingsOf(report, first).find((one) => finding.test(one.finding))?.commands;
        expect(printed).toEqual(commands.map((each) => expect.stringMatching(each)));
      }
    } finally {
      undo();
    }
    await eventually("a doctor that finds no error", async () => {
      const report = await doctor(cp1);
      return report.state !== "error" && findingsOf(report, first).length === 0 ? true : undefined;
    });
  });
});
