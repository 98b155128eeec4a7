import { addressAt, parseCidrList } from "../../addresses/cidr.ts";
import { formatIp } from "../../addresses/ip-address.ts";
import { type ConfigMap, configMaps } from "../../cluster/resources.ts";
import {
  type ServiceObject,
  serviceAccounts,
  services,
  type WorkloadObject,
} from "../../cluster/workload-resources.ts";
import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { controlPlaneTaint } from "../../kubernetes/taint.ts";
import { type DesiredObject, desired } from "../cluster-objects/desired-object.ts";
import { clusterRole, clusterRoleBinding, serviceAccount, systemNamespace } from "../cluster-objects/rbac.ts";
import type { ClusterConfiguration } from "../config/cluster/cluster-configuration.ts";

/** The label of the cluster's DNS server; the name is older than CoreDNS. */
export const dnsLabels = { "k8s-app": "kube-dns" } as const;

const name = "coredns";
const namedInSystem = { name, namespace: systemNamespace };

/** Returns the Deployment, before patches. */
export function coreDnsDeployment({ image, replicas }: { readonly image: string; readonly replicas: number }) {
  return {
    metadata: { ...namedInSystem, labels: dnsLabels },
    spec: {
      replicas,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } },
      selector: { matchLabels: dnsLabels },
      template: { metadata: { labels: dnsLabels }, spec: podSpec(image) },
    },
  } satisfies WorkloadObject;
}

function podSpec(image: string) {
  const { key, effect } = controlPlaneTaint;
  return {
    priorityClassName: "system-cluster-critical",
    serviceAccountName: name,
    affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [onDifferentNodes] } },
    tolerations: [
      { key: "CriticalAddonsOnly", operator: "Exists" },
      { key, effect },
    ],
    nodeSelector: { "kubernetes.io/os": "linux" },
    containers: [container(image)],
    dnsPolicy: "Default",
    volumes: [{ name: "config-volume", configMap: { name, items: [{ key: "Corefile", path: "Corefile" }] } }],
  };
}

const onDifferentNodes = {
  weight: 100,
  podAffinityTerm: {
    labelSelector: { matchExpressions: [{ key: "k8s-app", operator: "In", values: [dnsLabels["k8s-app"]] }] },
    topologyKey: "kubernetes.io/hostname",
  },
};

function container(image: string) {
  const port = (portName: string, containerPort: number, protocol = "TCP") => ({
    name: portName,
    containerPort,
    protocol,
  });
  const probe = (path: string, portName: string) => ({ httpGet: { path, port: portName, scheme: "HTTP" } });
  return {
    name,
    image,
    imagePullPolicy: "IfNotPresent",
    resources: { limits: { memory: "170Mi" }, requests: { cpu: "100m", memory: "70Mi" } },
    args: ["-conf", "/etc/coredns/Corefile"],
    volumeMounts: [{ name: "config-volume", mountPath: "/etc/coredns", readOnly: true }],
    ports: [
      port("dns", 53, "UDP"),
      port("dns-tcp", 53),
      port("metrics", 9153),
      port("liveness-probe", 8080),
      port("readiness-probe", 8181),
    ],
    livenessProbe: {
      ...probe("/health", "liveness-probe"),
      initialDelaySeconds: 60,
      timeoutSeconds: 5,
      successThreshold: 1,
      failureThreshold: 5,
    },
    readinessProbe: probe("/ready", "readiness-probe"),
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { add: ["NET_BIND_SERVICE"], drop: ["ALL"] },
      readOnlyRootFilesystem: true,
    },
  };
}

export function coreDnsConfigMap(dnsDomain: string): ConfigMap {
  return { metadata: namedInSystem, data: { Corefile: corefile(dnsDomain) } };
}

function corefile(dnsDomain: string): string {
  return `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes ${dnsDomain} in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30 {
       disable success ${dnsDomain}
       disable denial ${dnsDomain}
    }
    loop
    reload
    loadbalance
}
`;
}

/** Returns the tenth address of the first service subnet, which is also the kubelet's clusterDNS. */
export function dnsServiceAddress({ networking }: ClusterConfiguration): string {
  const [first] = parseCidrList(networking.serviceSubnet) ?? [];
  const address = first === undefined ? undefined : addressAt(first, 10);
  if (address !== undefined) return formatIp(address);
  const message = `unable to get the DNS address from the service subnet "${networking.serviceSubnet}"`;
  throw new KubeadmError("CONFIG_INVALID", message);
}

export function dnsService(clusterIP: string): ServiceObject {
  const port = (portName: string, number: number, protocol: string) => ({
    name: portName,
    port: number,
    protocol,
    targetPort: number,
  });
  return {
    metadata: {
      name: "kube-dns",
      namespace: systemNamespace,
      labels: { ...dnsLabels, "kubernetes.io/cluster-service": "true", "kubernetes.io/name": "CoreDNS" },
      annotations: { "prometheus.io/port": "9153", "prometheus.io/scrape": "true" },
      // Replacing a Service requires one; "0" means any version.
      resourceVersion: "0",
    },
    spec: {
      clusterIP,
      ports: [port("dns", 53, "UDP"), port("dns-tcp", 53, "TCP"), port("metrics", 9153, "TCP")],
      selector: dnsLabels,
    },
  };
}

const mayRead = (apiGroup: string, ...resources: readonly string[]) => ({
  apiGroups: [apiGroup],
  resources,
  verbs: ["list", "watch"],
});

export const coreDnsPolicy: readonly DesiredObject[] = [
  clusterRole("system:coredns", [
    mayRead("", "endpoints", "services", "pods", "namespaces"),
    mayRead("discovery.k8s.io", "endpointslices"),
  ]),
  clusterRoleBinding("system:coredns", "system:coredns", serviceAccount(name)),
  desired(serviceAccounts, { metadata: namedInSystem }),
];

/** Returns all objects for --print-manifest, in upstream's order. */
export function coreDnsObjects(
  deployment: DesiredObject,
  cluster: Pick<ClusterConfiguration, "networking">,
  serviceAddress: string,
): readonly DesiredObject[] {
  return [
    deployment,
    desired(configMaps, coreDnsConfigMap(cluster.networking.dnsDomain)),
    desired(services, dnsService(serviceAddress)),
    ...coreDnsPolicy,
  ];
}
