// Fields of the kubelet's and kube-proxy's configurations, as they end in files and manifests.

import type { Random } from "../../support/random.ts";
import type { DifferCase } from "../case.ts";
import { document, documents, initDocuments } from "./configuration-text.ts";

const values = {
  text: ["x", '"x"', "123", "true", "null", '""', "[a]", "1.5", "yes", "~"],
  integer: [
    "1",
    "110",
    '"110"',
    "0",
    "-1",
    "2147483647",
    "2147483648",
    "9223372036854775807",
    "1.0",
    "1.5",
    "null",
    "1e2",
    "true",
    "0x10",
    "017",
  ],
  boolean: ["true", "false", '"true"', "yes", "null", "1", "On"],
  duration: ["1m", "90s", "1h30m", "0", "0s", "null", '""', "60", "1d", "-5s", "1.5h", "100ms", "true", "1h0m0.5s"],
  texts: ["[]", "[a]", "null", "[null]", "[1]", "x", "{}", "[a, a]"],
  integers: ["[]", "[1, 2]", "[a]", "['1']", "null", "[1.5]"],
  map: [
    "{}",
    "{a: b}",
    "{a: 5}",
    "{a: true}",
    "{a: null}",
    "null",
    "[]",
    '{memory: "100Mi", cpu: 500m}',
    "{memory: 1024Mi}",
  ],
  gates: ["{}", "{A: true}", "{A: 'true'}", "{A: null}", "{A: false, B: true}", "null"],
  fraction: ["0.5", "1", "null", '"0.5"', "1e-1", "0", ".5", "0.90"],
  quantity: ["10Mi", "10485760", '"10Mi"', "1.5Gi", "0", "null", "x", "10mi"],
  any: ["null", "{}", "[]", "x", "5"],
} as const;

type Kind = keyof typeof values;

const kubelet: Readonly<Record<string, Kind>> = {
  enableServer: "boolean",
  staticPodPath: "text",
  syncFrequency: "duration",
  fileCheckFrequency: "duration",
  staticPodURLHeader: "map",
  address: "text",
  port: "integer",
  readOnlyPort: "integer",
  tlsCipherSuites: "texts",
  tlsCurvePreferences: "integers",
  rotateCertificates: "boolean",
  "authentication.x509.clientCAFile": "text",
  "authentication.webhook.enabled": "boolean",
  "authentication.webhook.cacheTTL": "duration",
  "authentication.anonymous": "any",
  authentication: "any",
  "authorization.mode": "text",
  "authorization.webhook": "any",
  registryPullQPS: "integer",
  eventRecordQPS: "integer",
  healthzPort: "integer",
  healthzBindAddress: "text",
  oomScoreAdj: "integer",
  clusterDomain: "text",
  clusterDNS: "texts",
  imageMaximumGCAge: "duration",
  nodeLeaseDurationSeconds: "integer",
  cgroupDriver: "text",
  cgroupsPerQOS: "boolean",
  cpuManagerPolicyOptions: "map",
  cpuManagerReconcilePeriod: "duration",
  qosReserved: "map",
  maxPods: "integer",
  podPidsLimit: "integer",
  resolvConf: "text",
  runOnce: "boolean",
  cpuCFSQuotaPeriod: "duration",
  maxOpenFiles: "integer",
  contentType: "text",
  serializeImagePulls: "boolean",
  evictionHard: "map",
  evictionSoftGracePeriod: "map",
  podsPerCore: "integer",
  featureGates: "gates",
  failSwapOn: "boolean",
  memorySwap: "any",
  "memorySwap.swapBehavior": "text",
  containerLogMaxSize: "quantity",
  containerLogMonitorInterval: "duration",
  systemReserved: "map",
  kubeReserved: "map",
  reservedSystemCPUs: "text",
  enforceNodeAllocatable: "texts",
  allowedUnsafeSysctls: "texts",
  logging: "any",
  "logging.format": "text",
  "logging.flushFrequency": "duration",
  "logging.verbosity": "integer",
  "logging.vmodule": "any",
  "logging.options.json.infoBufferSize": "quantity",
  "logging.options.text": "any",
  shutdownGracePeriod: "duration",
  shutdownGracePeriodByPodPriority: "any",
  crashLoopBackOff: "any",
  "crashLoopBackOff.maxContainerRestartPeriod": "duration",
  reservedMemory: "any",
  memoryThrottlingFactor: "fraction",
  registerWithTaints: "any",
  tracing: "any",
  "tracing.samplingRatePerMillion": "integer",
  containerRuntimeEndpoint: "text",
  failCgroupV1: "boolean",
  userNamespaces: "any",
  bogus: "any",
};

const structured: readonly string[] = [
  "shutdownGracePeriodByPodPriority: [{priority: 5, shutdownGracePeriodSeconds: 10}]",
  "shutdownGracePeriodByPodPriority: [{priority: '5', shutdownGracePeriodSeconds: 10}]",
  "reservedMemory: [{numaNode: 0, limits: {memory: 1024Mi}}]",
  "reservedMemory: [{numaNode: 0, limits: {memory: 1.5Gi, hugepages-1Gi: '2147483648'}}]",
  "reservedMemory: [{numaNode: 0, limits: {memory: abc}}]",
  "reservedMemory: [{numaNode: 0, limits: {memory: 0.1}}]",
  "registerWithTaints: [{key: a, effect: NoSchedule}]",
  "registerWithTaints: [{key: a, value: b, effect: NoSchedule, timeAdded: '2024-01-01T00:00:00Z'}]",
  "registerWithTaints: [{key: a, effect: NoSchedule, bogus: x}]",
  "memorySwap: {swapBehavior: LimitedSwap}",
  "tracing: {endpoint: 'a:1', samplingRatePerMillion: 100}",
  "userNamespaces: {idsPerPod: 65536}",
  "crashLoopBackOff: {maxContainerRestartPeriod: 60s}",
  "logging: {format: json, flushFrequency: 5, verbosity: 3}",
  "logging: {format: json, flushFrequency: 5s, verbosity: 3, vmodule: [{filePattern: a, verbosity: 2}]}",
  "logging: {options: {json: {splitStream: true, infoBufferSize: '0'}}}",
  "logging: {options: {json: {infoBufferSize: 1024Ki}}}",
  "staticPodURLHeader: {a: [b, c]}",
  "evictionHard: {memory.available: 100Mi, nodefs.available: '10%'}",
  "systemReserved: {cpu: 500m, memory: 1Gi}",
  "imageServiceEndpoint: unix:///x",
  "maxPods: 5\nMaxPods: 6",
  "maxPods: 5\nmaxPods: 6",
];

const proxy: Readonly<Record<string, Kind>> = {
  mode: "text",
  clusterCIDR: "text",
  bindAddress: "text",
  healthzBindAddress: "text",
  metricsBindAddress: "text",
  bindAddressHardFail: "boolean",
  enableProfiling: "boolean",
  showHiddenMetricsForVersion: "text",
  hostnameOverride: "text",
  "clientConnection.kubeconfig": "text",
  "clientConnection.qps": "fraction",
  "clientConnection.burst": "integer",
  clientConnection: "any",
  "iptables.masqueradeBit": "integer",
  "iptables.masqueradeAll": "boolean",
  "iptables.localhostNodePorts": "boolean",
  "iptables.syncPeriod": "duration",
  "ipvs.syncPeriod": "duration",
  "ipvs.excludeCIDRs": "texts",
  "ipvs.strictARP": "boolean",
  "nftables.minSyncPeriod": "duration",
  "conntrack.maxPerCore": "integer",
  "conntrack.tcpEstablishedTimeout": "duration",
  "conntrack.tcpBeLiberal": "boolean",
  detectLocalMode: "text",
  "detectLocal.bridgeInterface": "text",
  nodePortAddresses: "texts",
  oomScoreAdj: "integer",
  portRange: "text",
  configSyncPeriod: "duration",
  featureGates: "gates",
  "logging.format": "text",
  "winkernel.networkName": "text",
  "winkernel.enableDSR": "boolean",
  bogus: "any",
};

export function componentCases(random: Random, valuesPerField: number): readonly DifferCase[] {
  const kubeletCases = Object.entries(kubelet).flatMap(([field, kind]) =>
    random.some(values[kind], valuesPerField).map((value) => kubeletCase(`${field}: ${value}`, { [field]: value })),
  );
  const structuredCases = structured.map((text): DifferCase => {
    const body = `apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n${text}\n`;
    return startKubelet(text.replaceAll("\n", ", "), body);
  });
  const proxyCases = Object.entries(proxy).flatMap(([field, kind]) =>
    random.some(values[kind], valuesPerField).map((value): DifferCase => {
      const body = document("KubeProxyConfiguration", { [field]: value }, "kubeproxy.config.k8s.io/v1alpha1");
      return {
        name: `kube-proxy/${field}: ${value}`,
        args: ["init", "phase", "addon", "kube-proxy", "--print-manifest", "--config", "c.yaml"],
        files: { "c.yaml": documents(initDocuments({ controlPlaneEndpoint: "192.0.2.20:16443" }), body) },
      };
    }),
  );
  return [...kubeletCases, ...structuredCases, ...proxyCases];
}

function kubeletCase(name: string, fields: Readonly<Record<string, string>>): DifferCase {
  return startKubelet(name, document("KubeletConfiguration", fields, "kubelet.config.k8s.io/v1beta1"));
}

function startKubelet(name: string, body: string): DifferCase {
  return {
    name: `kubelet/${name}`,
    args: ["init", "phase", "kubelet-start", "--config", "c.yaml"],
    files: { "c.yaml": documents(initDocuments(), body) },
  };
}
