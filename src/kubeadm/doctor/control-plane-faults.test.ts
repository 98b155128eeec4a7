import { expect, it } from "vitest";
import {
  healthyWorker,
  kubeletConf,
  nodePath,
  portsOf,
  readyNode,
  secret,
  type Worker,
} from "../../../test/fixtures/kubeadm/doctor/worker.ts";
import type { ContainerEnd } from "../../cri/container-runtime.ts";
import { examineNode } from "./doctor.ts";

const system = "/api/v1/namespaces/kube-system";
const webhookPaths = {
  Mutating: "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
  Validating: "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
} as const;
const components = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"] as const;
type Component = (typeof components)[number];

const ownFlags: Readonly<Record<Component, readonly string[]>> = {
  etcd: [],
  "kube-apiserver": ["--advertise-address=192.0.2.21"],
  "kube-controller-manager": ["--allocate-node-cidrs=true", "--cluster-cidr=10.244.0.0/23"],
  "kube-scheduler": [],
};

function setManifest({ files }: Worker, component: Component, flags: readonly string[] = []): void {
  files[`/etc/kubernetes/manifests/${component}.yaml`] = [
    "apiVersion: v1",
    "kind: Pod",
    `metadata: { name: ${component}, namespace: kube-system }`,
    "spec:",
    "  containers:",
    `  - name: ${component}`,
    "    image: image",
    "    command:",
    ...[component, ...ownFlags[component], ...flags].map((word) => `    - ${word}`),
    "",
  ].join("\n");
}

const list = (kind: string, ...items: readonly object[]) => ({
  body: JSON.stringify({ kind: `${kind}List`, apiVersion: "v1", metadata: {}, items }),
});
const object = (fields: object) => ({ body: JSON.stringify(fields) });

/** The worker of the other tests as a control plane, as far as these checks look. */
async function controlPlane(): Promise<Worker> {
  const worker = await healthyWorker();
  const conf = kubeletConf(worker.ca, "https://192.0.2.21:6443");
  worker.files["/etc/kubernetes/admin.conf"] = secret(conf);
  for (const component of components) setManifest(worker, component);
  worker.api["/livez"] = { body: "ok" };
  for (const path of Object.values(webhookPaths)) worker.api[path] = list("WebhookConfiguration");
  worker.api["/api/v1/nodes"] = list("Node", node("w1", "10.244.0.0/24"));
  worker.api[nodePath] = object(node("w1", "10.244.0.0/24"));
  worker.api[`${system}/pods`] = list("Pod");
  return worker;
}

function node(name: string, podCIDR?: string, created = "2020-01-01T00:00:00Z") {
  const metadata = { name, creationTimestamp: created };
  return { ...readyNode, metadata, spec: podCIDR === undefined ? {} : { podCIDR, podCIDRs: [podCIDR] } };
}

async function resultOf(check: string, worker: Worker) {
  const { checks } = await examineNode({ only: [check] }, portsOf(worker));
  return checks.find(({ name }) => name === check);
}

interface Webhook {
  readonly kind?: keyof typeof webhookPaths;
  readonly rule?: object;
  readonly [field: string]: unknown;
}

const toService = { service: { namespace: "guards", name: "guard" } };
const aboutNodes = { apiGroups: [""], operations: ["CREATE"], resources: ["nodes"] };

function setWebhook({ api }: Worker, { kind = "Validating", rule = aboutNodes, ...fields }: Webhook): void {
  const webhook = {
    name: "guard.example.org",
    failurePolicy: "Fail",
    clientConfig: toService,
    rules: [rule],
    ...fields,
  };
  const configuration = { metadata: { name: "guards" }, webhooks: [webhook] };
  api[webhookPaths[kind]] = list(`${kind}WebhookConfiguration`, configuration);
}

const slicesPath = "/apis/discovery.k8s.io/v1/namespaces/guards/endpointslices";

/** The Service of the webhook, with the readiness of its endpoints. */
function setService({ api }: Worker, ...endpoints: readonly boolean[]): void {
  api["/api/v1/namespaces/guards/services/guard"] = object({
    kind: "Service",
    apiVersion: "v1",
    metadata: { name: "guard" },
    spec: {},
  });
  const slice = { endpoints: endpoints.map((ready) => ({ addresses: ["10.244.0.9"], conditions: { ready } })) };
  api[slicesPath] = list("EndpointSlice", slice);
}

interface Row {
  readonly name: string;
  readonly check: string;
  readonly inject: (worker: Worker) => void;
  readonly state: "ok" | "warning" | "error";
  /** Words of the finding, or of the note. */
  readonly says?: RegExp;
  /** Of the last command. */
  readonly does?: string;
  /** What is left to a person, who may run the command in it. */
  readonly decides?: string;
}

const webhookRows: readonly Omit<Row, "check">[] = [
  {
    name: "a webhook about Nodes whose Service has no ready endpoint",
    inject: (worker) => {
      setWebhook(worker, {});
      setService(worker, false);
    },
    state: "error",
    says: /refuses to write Nodes: .*guard\.example\.org first \(failurePolicy Fail\), and its Service guards\/guard has no endpoint that is ready/,
    does: "kubectl -n guards get pods -o wide",
    decides: `kubectl patch validatingwebhookconfigurations guards --type=json -p '[{"op":"test","path":"/webhooks/0/name","value":"guard.example.org"},{"op":"replace","path":"/webhooks/0/failurePolicy","value":"Ignore"}]'`,
  },
  {
    name: "a webhook about Leases whose Service has no endpoints at all",
    inject: (worker) => {
      setWebhook(worker, {
        kind: "Mutating",
        rule: { apiGroups: ["coordination.k8s.io"], operations: ["*"], resources: ["leases"] },
      });
      setService(worker);
    },
    state: "error",
    says: /refuses to write Leases: /,
  },
  {
    name: "a webhook about everything, of no stated failurePolicy, whose Service is missing",
    inject: (worker) =>
      setWebhook(worker, {
        rule: { apiGroups: ["*"], operations: ["UPDATE"], resources: ["*/*"] },
        failurePolicy: undefined,
      }),
    state: "error",
    says: /write Nodes, Pods, Leases and CertificateSigningRequests: .* its Service guards\/guard does not exist/,
  },
  {
    name: "a webhook by URL at which nothing listens",
    inject: (worker) => {
      setWebhook(worker, {
        clientConfig: { url: "https://guard.example:8443/check" },
        rule: { apiGroups: ["certificates.k8s.io"], operations: ["CREATE"], resources: ["certificatesigningrequests"] },
      });
      worker.inspect = async () => undefined;
    },
    state: "error",
    says: /write CertificateSigningRequests: .*nothing responds at its address https:\/\/guard\.example:8443\/check/,
  },
  {
    name: "a webhook about the Pods of some namespaces is a warning",
    inject: (worker) => {
      setWebhook(worker, {
        rule: { apiGroups: [""], operations: ["CREATE"], resources: ["pods"] },
        namespaceSelector: { matchLabels: { inject: "yes" } },
      });
      setService(worker, false);
    },
    state: "warning",
    says: /refuses to write Pods that match its namespaceSelector/,
  },
  {
    name: "a webhook whose Service has a ready endpoint",
    inject: (worker) => {
      setWebhook(worker, {});
      setService(worker, false, true);
    },
    state: "ok",
    says: /1 webhook/,
  },
  {
    name: "a webhook that may fail",
    inject: (worker) => setWebhook(worker, { failurePolicy: "Ignore" }),
    state: "ok",
  },
  {
    name: "a webhook about something else",
    inject: (worker) => setWebhook(worker, { rule: { ...aboutNodes, resources: ["pods/exec", "services"] } }),
    state: "ok",
  },
  {
    name: "a webhook about deletions only",
    inject: (worker) => setWebhook(worker, { rule: { ...aboutNodes, operations: ["DELETE"] } }),
    state: "ok",
  },
];

const rangeRows: readonly Omit<Row, "check">[] = [
  {
    name: "a Node without a Pod CIDR, because the cluster CIDR is exhausted",
    inject: ({ api }) => {
      const nodes = [node("w1", "10.244.0.0/24"), node("w2", "10.244.1.0/24"), node("w3")];
      api["/api/v1/nodes"] = list("Node", ...nodes);
    },
    state: "warning",
    says: /Node w3 has no Pod CIDR .*10\.244\.0\.0\/23 is exhausted: it has 2 subnets of \/24, and 2 Nodes have one \(CIDRNotAvailable\)/,
  },
  {
    name: "a Node without a range, though there is room",
    inject: ({ api }) => {
      api["/api/v1/nodes"] = list("Node", node("w1", "10.244.0.0/24"), node("w3"));
    },
    state: "warning",
    says: /Node w3 has no Pod CIDR .*has not allocated one/,
  },
  {
    name: "this Node is not Ready, and has no Pod CIDR",
    inject: ({ api }) => {
      const own = { ...node("w1"), status: { conditions: [{ type: "Ready", status: "False" }] } };
      api["/api/v1/nodes"] = list("Node", own);
    },
    state: "error",
    says: /Node w1 has no Pod CIDR/,
  },
  {
    name: "a Node that is seconds old",
    inject: ({ api }) => {
      api["/api/v1/nodes"] = list("Node", node("w1", "10.244.0.0/24"), node("w3", undefined, new Date().toISOString()));
    },
    state: "ok",
  },
];

const cluster = "/api/v1/namespaces/kube-public/configmaps/cluster-info";
const withAuthentication = (anonymous: string) => (worker: Worker) => {
  setManifest(worker, "kube-apiserver", ["--authentication-config=/etc/kubernetes/auth.yaml"]);
  worker.files["/etc/kubernetes/auth.yaml"] = `kind: AuthenticationConfiguration\nanonymous: ${anonymous}\n`;
};
const probes = "{ path: /livez }, { path: /readyz }";

const anonymousRows: readonly Omit<Row, "check">[] = [
  {
    name: "an API server with --anonymous-auth=false",
    inject: (worker) => setManifest(worker, "kube-apiserver", ["--anonymous-auth=false"]),
    state: "error",
    says: /\(--anonymous-auth=false\): no machine can join with a token, and the kubelet's probes .* get 401/,
    does: "cp /etc/kubernetes/kube-apiserver.yaml /etc/kubernetes/manifests/kube-apiserver.yaml",
  },
  {
    name: "an AuthenticationConfiguration that lets nobody in",
    inject: withAuthentication("{ enabled: false }"),
    state: "error",
    says: /refuses requests without credentials for .*cluster-info, \/livez, \/readyz: no machine can join/,
  },
  {
    name: "an AuthenticationConfiguration that lets only probes in",
    inject: withAuthentication(`{ enabled: true, conditions: [${probes}] }`),
    state: "warning",
    says: /cluster-info: no machine can join with a token\./,
  },
  {
    name: "an AuthenticationConfiguration that lets probes and joins in",
    inject: withAuthentication(`{ enabled: true, conditions: [${probes}, { path: ${cluster} }] }`),
    state: "ok",
  },
  { name: "an AuthenticationConfiguration without a word about it", inject: withAuthentication("null"), state: "ok" },
];

const crashLog =
  "maxprocs: Leaving GOMAXPROCS=2\n/etc/coredns/Corefile:3 - Error during parsing: Unknown directive 'frobnicate'\n";

function setCoreDns({ api }: Worker, status: object, created = new Date().toISOString()): void {
  api["/apis/apps/v1/namespaces/kube-system/deployments/coredns"] = object({
    kind: "Deployment",
    apiVersion: "apps/v1",
    metadata: { name: "coredns", creationTimestamp: created },
    spec: { replicas: 2, template: { spec: { containers: [] } } },
    status: { observedGeneration: 1, readyReplicas: 1 },
  });
  api[`${system}/services/kube-dns`] = object({
    kind: "Service",
    apiVersion: "v1",
    metadata: { name: "kube-dns" },
    spec: {},
  });
  const containerStatuses = [{ name: "coredns", ...status }];
  const pod = { metadata: { name: "coredns-1" }, spec: { nodeName: "w1" }, status: { containerStatuses } };
  api[`${system}/pods`] = list("Pod", pod);
  api[`${system}/pods/coredns-1/log`] = { body: crashLog };
}

const ended = { terminated: { exitCode: 1, reason: "Error" } };

const dnsRows: readonly Omit<Row, "check">[] = [
  {
    name: "CoreDNS that crashes on its Corefile, seconds after it was created",
    inject: (worker) =>
      setCoreDns(worker, { ready: false, state: { waiting: { reason: "CrashLoopBackOff" } }, lastState: ended }),
    state: "warning",
    says: /container coredns of the Pod coredns-1 on w1 exits with status 1 each time .*Corefile:3 - Error during parsing: Unknown directive 'frobnicate'\. Pods may not resolve names/,
    does: "kubectl -n kube-system get configmap coredns -o 'jsonpath={.data.Corefile}'",
  },
  {
    name: "CoreDNS that has crashed for the first time",
    inject: (worker) => setCoreDns(worker, { ready: false, state: ended }),
    state: "warning",
    says: /frobnicate/,
  },
  {
    name: "CoreDNS that starts",
    inject: (worker) => setCoreDns(worker, { ready: false, state: { waiting: { reason: "ContainerCreating" } } }),
    state: "ok",
    says: /created moments ago/,
  },
];

it.each<Row>([
  ...webhookRows.map((row) => ({ check: "admission-webhooks", ...row })),
  ...rangeRows.map((row) => ({ check: "pod-ranges", ...row })),
  ...anonymousRows.map((row) => ({ check: "anonymous-access", ...row })),
  ...dnsRows.map((row) => ({ check: "coredns", ...row })),
])("$check: $name", async ({ check, inject, state, says = /^/, does, decides = "" }) => {
  const worker = await controlPlane();
  expect(await resultOf(check, worker)).not.toMatchObject({ state: expect.stringMatching(/error|warning/) });
  inject(worker);
  const result = await resultOf(check, worker);
  expect(result).toMatchObject({ state });
  expect(result?.findings[0]?.finding ?? result?.note ?? "").toMatch(says);
  if (does !== undefined) expect(result?.findings[0]?.commands?.at(-1)).toBe(does);
  expect(result?.findings[0]?.decision ?? "").toContain(decides);
  if (decides !== "") expect(result?.findings[0]?.commands).not.toContain(decides);
});

interface PodOfTest {
  /** Seconds since its container started. */
  readonly ago: number;
  /** How the one before it ended, which had started a minute earlier or as many seconds ago. */
  readonly end?: string;
  readonly before?: number;
  /** The kubelet has not started it again. */
  readonly isDown?: boolean;
}

function setPods({ runtime, files }: Worker, pods: Partial<Record<Component, PodOfTest>>): void {
  for (const component of components) {
    const { ago, end, before: began = ago + 60, isDown = false } = pods[component] ?? { ago: 86_400 };
    const at = (seconds: number) => new Date(Date.now() - seconds * 1_000);
    const about = { id: component, name: `${component}-w1`, namespace: "kube-system", uid: component, ready: true };
    runtime.sandboxes.push(about);
    const one = { id: `${component}-1`, name: component, attempt: 1, state: "running", createdAt: at(ago) } as const;
    const before = { ...one, id: `${component}-0`, attempt: 0, state: "exited", createdAt: at(began) } as const;
    runtime.containers.set(component, end === undefined ? [one] : isDown ? [before] : [before, one]);
    if (end === undefined) continue;
    runtime.ends.set(before.id, { exitCode: 1, reason: "Error", message: "" } satisfies ContainerEnd);
    runtime.logPaths.set(before.id, `/var/log/pods/${before.id}.log`);
    files[`/var/log/pods/${before.id}.log`] = `${end}\n`;
  }
}

const lost = 'E0101 00:00:00.000000       1 controllermanager.go:333] "leaderelection lost"';
const podChecks = ["etcd-pod", "kube-apiserver-pod", "kube-controller-manager", "kube-scheduler"];

async function podResults(pods: Parameters<typeof setPods>[1]) {
  const worker = await controlPlane();
  for (const port of [10257, 10259]) {
    const path = port === 10257 ? "healthz" : "livez";
    worker.network.probes = {
      ...worker.network.probes,
      [`https://127.0.0.1:${port}/${path}`]: { status: 200, body: "ok" },
    };
  }
  setPods(worker, pods);
  const { checks } = await examineNode({ only: podChecks }, portsOf(worker));
  return Object.fromEntries(
    checks.map(({ name, state, note, findings }) => [name, findings[0]?.finding ?? `${state} ${note ?? ""}`]),
  );
}

it("leases that were lost while the API server was restarted are told once, of the API server", async () => {
  const results = await podResults({
    "kube-apiserver": { ago: 20 },
    "kube-controller-manager": { ago: 10, end: lost },
    "kube-scheduler": { ago: 12, end: lost },
  });
  expect(results["kube-apiserver-pod"]).toMatch(
    /^kube-apiserver was started 20s ago: kube-controller-manager and kube-scheduler exited because they could not renew a lease/,
  );
  for (const name of ["kube-controller-manager", "kube-scheduler"]) {
    expect(results[name]).toBe("ok lost its lease while kube-apiserver was away");
  }
});

const complaint = 'E0101 00:00:00.000001       1 reflector.go:227] "Failed to watch" err="context canceled"';

it.each<readonly [string, Parameters<typeof setPods>[1], string]>([
  [
    "though the complaints of its watches follow",
    { "kube-apiserver": { ago: 40 }, "kube-controller-manager": { ago: 35, end: `${lost}\n${complaint}` } },
    "ok lost its lease while kube-apiserver was away",
  ],
  [
    "though the kubelet has not started it again",
    { "kube-apiserver": { ago: 20 }, "kube-controller-manager": { ago: 10, end: lost, isDown: true } },
    "ok lost its lease while kube-apiserver was away",
  ],
  [
    "of itself, if the API server had started before it",
    { "kube-apiserver": { ago: 100 }, "kube-controller-manager": { ago: 35, before: 99, end: lost } },
    "kube-controller-manager exited with status 1: ",
  ],
])("a lost lease of the controller manager is told %s", async (_how, pods, expected) => {
  expect((await podResults(pods))["kube-controller-manager"]).toContain(expected);
});

it("a lease that was lost with the API server is not told of etcd, which started before all of them", async () => {
  const results = await podResults({
    etcd: { ago: 101 },
    "kube-apiserver": { ago: 40 },
    "kube-scheduler": { ago: 35, before: 100, end: lost },
  });
  expect(results["etcd-pod"]).toMatch(/^ok/);
  expect(results["kube-apiserver-pod"]).toMatch(
    /^kube-apiserver was started 40s ago: kube-scheduler exited because it/,
  );
});

it("an API server that was killed tells of the leases that were lost", async () => {
  const worker = await controlPlane();
  setPods(worker, {
    "kube-apiserver": { ago: 40, end: "I0101 working" },
    "kube-controller-manager": { ago: 10, end: lost },
  });
  const { checks } = await examineNode({ only: podChecks }, portsOf(worker));
  const found = checks.find(({ name }) => name === "kube-apiserver-pod")?.findings[0];
  expect(found?.evidence).toContain("kube-controller-manager: leaderelection lost");
});

it("a lease that was lost while the API server ran is told of who lost it", async () => {
  const results = await podResults({ "kube-scheduler": { ago: 12, end: lost } });
  expect(results["kube-scheduler"]).toMatch(/^kube-scheduler exited with status 1: .*leaderelection lost/);
  expect(results["kube-apiserver-pod"]).toBe("ok restarted once");
});

it("another end of a controller is told, though the API server was restarted", async () => {
  const results = await podResults({
    "kube-apiserver": { ago: 20 },
    "kube-scheduler": { ago: 12, end: 'E0101 00:00:00.000000       1 run.go:74] "command failed" err="no such file"' },
  });
  expect(results["kube-scheduler"]).toMatch(/^kube-scheduler exited with status 1: .*no such file/);
});
