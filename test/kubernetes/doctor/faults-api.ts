import { type Fault, finding } from "../../support/doctor/fault.ts";

const manifests = "/etc/kubernetes/manifests";
const waitForServer = "eventually 180 kubectl get --raw /readyz";

/** The configuration of a webhook that must be asked before a Node is made; `client` says where it is. */
function guard(client: object): string {
  const webhook = {
    name: "guard.kubeadm.test",
    failurePolicy: "Fail",
    sideEffects: "None",
    admissionReviewVersions: ["v1"],
    clientConfig: client,
    rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["nodes"] }],
  };
  const configuration = {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    metadata: { name: "kubeadm-test" },
    webhooks: [webhook],
  };
  return created(configuration);
}

function created(...objects: readonly object[]): string {
  return objects.map((object) => `kubectl create -f - <<'END'\n${JSON.stringify(object)}\nEND`).join("\n");
}

const guardService = { name: "guard", namespace: "default" };
const unguarded = "kubectl delete validatingwebhookconfiguration kubeadm-test --ignore-not-found";

const notReadyEndpoints = created(
  { apiVersion: "v1", kind: "Service", metadata: guardService, spec: { ports: [{ port: 443 }] } },
  {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { ...guardService, labels: { "kubernetes.io/service-name": "guard" } },
    addressType: "IPv4",
    ports: [{ port: 443 }],
    endpoints: [{ addresses: ["10.244.0.99"], conditions: { ready: false } }],
  },
);

const authentication = "/etc/kubernetes/pki/authentication.yaml";

const controllers = ["kube-controller-manager", "kube-scheduler"] as const;
/** Those of this machine lead, once they are the only ones. */
const leadHere = controllers.map((name) => `leads_here ${name}`).join("\n");

/** The API server goes away for so many seconds, in which its connections hang, or are refused. */
function outages(): readonly Fault[] {
  const killed = (seconds: number) => `
    pid=$(pgrep -f '^kube-apiserver ')
    kill -STOP "$pid"
    sleep ${seconds}
    kill -KILL "$pid"`;
  const withoutManifest = (seconds: number) => `
    mv ${manifests}/kube-apiserver.yaml /root/
    pkill -KILL -f '^kube-apiserver '
    sleep ${seconds}
    mv /root/kube-apiserver.yaml ${manifests}/`;
  const fault = (name: string, how: string, words: RegExp): Fault => ({
    name,
    on: "cp1",
    elsewhere: [{ on: "cp2", inject: `hide ${controllers.map((each) => `${manifests}/${each}.yaml`).join(" ")}` }],
    inject: `${leadHere}\n${how}\n${waitForServer}`,
    undo: `[ ! -e /root/kube-apiserver.yaml ] || mv /root/kube-apiserver.yaml ${manifests}/\n${waitForServer}`,
    finds: finding("kube-apiserver-pod", words),
    isOnlyCause: true,
    isRestart: true,
  });
  // Controllers give up ten seconds after they have renewed their leases for the last time.
  const isKilled = /^kube-apiserver exited with status 137/;
  return [
    fault("The API server hung for 5 s and was killed, and nobody lost a lease", killed(5), isKilled),
    ...([12, 20] as const).map((seconds) =>
      fault(
        `The API server hung for ${seconds} s and was killed, and leases were lost`,
        killed(seconds),
        new RegExp(`${isKilled.source}[^]*leaderelection lost`),
      ),
    ),
    fault(
      "The API server was away for 20 s, and leases were lost",
      withoutManifest(20),
      /^kube-apiserver was started \d+s ago: .*could not renew a lease/,
    ),
  ];
}

/** What the API server asks before it writes, whom it answers, and what the controllers make of it. */
export const apiFaults: readonly Fault[] = [
  {
    name: "A webhook about Nodes must be asked, and no endpoint of its Service is ready",
    on: "cp1",
    inject: `${notReadyEndpoints}\n${guard({ service: guardService })}`,
    undo: `${unguarded}; kubectl delete service,endpointslice guard --ignore-not-found`,
    finds: finding("admission-webhooks", /Service default\/guard has no endpoint that is ready/),
    decides: /Until failurePolicy is Fail again/,
  },
  {
    name: "A webhook about Nodes must be asked at an address where nothing answers",
    on: "cp1",
    inject: guard({ url: "https://127.0.0.1:9/guard" }),
    undo: unguarded,
    finds: finding("admission-webhooks", /nothing responds at its address https:\/\/127\.0\.0\.1:9\/guard/),
    decides: /Until failurePolicy is Fail again/,
  },
  {
    name: "An AuthenticationConfiguration keeps joining machines from cluster-info",
    on: "cp1",
    inject: `
      write ${authentication} <<END
apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
anonymous:
  enabled: true
  conditions: [{path: /livez}, {path: /readyz}, {path: /healthz}]
END
      component_flag kube-apiserver --authentication-config=${authentication}
      eventually 90 pgrep -f '^kube-apiserver .*--authentication-config'
      ${waitForServer}`,
    undo: `eventually 90 sh -c "! pgrep -f '^kube-apiserver .*--authentication-config'"; ${waitForServer}`,
    finds: finding("anonymous-access", /without credentials for \S*cluster-info: no machine can join with a token/),
    decides: /Add a condition for each of these paths/,
  },
  {
    name: "The cluster CIDR is exhausted",
    on: "cp1",
    elsewhere: [{ on: "cp2", inject: `hide ${manifests}/kube-controller-manager.yaml` }],
    inject: `
      change ${manifests}/kube-controller-manager.yaml 's|--cluster-cidr=10.244.0.0/16.*|--cluster-cidr=10.244.0.0/22|'
      eventually 60 pgrep -f '^kube-controller-manager .*--cluster-cidr=10.244.0.0/22'
      kubectl -n default delete events --field-selector reason=CIDRNotAvailable
      for each in 1 2 3 4; do
        kubectl create -f - <<END
{"apiVersion":"v1","kind":"Node","metadata":{"name":"range-$each"},"spec":{"unschedulable":true}}
END
      done
      eventually 120 sh -c 'kubectl -n default get events --field-selector reason=CIDRNotAvailable -o name | grep -q .'`,
    undo: `
      kubectl delete node range-1 range-2 range-3 range-4 --ignore-not-found
      eventually 60 pgrep -f '^kube-controller-manager .*--cluster-cidr=10.244.0.0/16'`,
    finds: finding("pod-ranges", /10\.244\.0\.0\/22 is exhausted: it has 4 subnets of \/24/),
    decides: /Decide which Nodes belong to machines that no longer exist/,
  },
  ...outages(),
];
