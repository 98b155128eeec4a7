import { defined } from "../../values/defined.ts";
import type { JsonObject } from "../../values/json.ts";
import type { HostPathMount } from "../config/cluster/cluster-configuration.ts";
import type { Timeouts } from "../config/fields/timeouts.ts";

export interface StaticPodSpec {
  /** Name of the Pod and of its container, and value of its label `component`. */
  readonly name: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly image: string;
  readonly command: readonly string[];
  readonly environment: readonly JsonObject[];
  /** In the order of the container's volumeMounts; the Pod's volumes are sorted by name. */
  readonly mounts: readonly HostPathMount[];
  readonly requests: Readonly<Record<string, string>>;
  readonly probes: Probes;
}

export interface Probes {
  readonly scheme: "HTTP" | "HTTPS";
  /** Host of the probe; undefined means the address of the Pod, which is the machine's. */
  readonly host: string | undefined;
  readonly port: number;
  readonly liveness: string;
  readonly readiness?: string;
  readonly startup: string;
}

/** Priority of system-node-critical, which keeps the kubelet from evicting the Pod; set as the API server would. */
const systemNodeCritical = 2_000_001_000;
const startupPeriodSeconds = 10;

/** Returns a static Pod of the control plane (upstream: util/staticpod). */
export function staticPod(
  spec: StaticPodSpec,
  timeouts: Pick<Timeouts, "controlPlaneComponentHealthCheck">,
): JsonObject {
  const { name, annotations, mounts } = spec;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...defined({ annotations }),
      labels: { component: name, tier: "control-plane" },
      name,
      namespace: "kube-system",
    },
    spec: {
      containers: [container(spec, timeouts)],
      hostNetwork: true,
      priority: systemNodeCritical,
      priorityClassName: "system-node-critical",
      securityContext: { seccompProfile: { type: "RuntimeDefault" } },
      volumes: mounts
        .toSorted((left, right) => (left.name < right.name ? -1 : 1))
        .map((mount) => ({ hostPath: { path: mount.hostPath, type: mount.pathType }, name: mount.name })),
    },
    status: {},
  };
}

function container(spec: StaticPodSpec, timeouts: Pick<Timeouts, "controlPlaneComponentHealthCheck">): JsonObject {
  const { name, image, command, environment, mounts, requests, probes } = spec;
  const startupFailures = Math.ceil(timeouts.controlPlaneComponentHealthCheck / (startupPeriodSeconds * 1000));
  return {
    command,
    ...(environment.length === 0 ? {} : { env: environment }),
    image,
    imagePullPolicy: "IfNotPresent",
    livenessProbe: { ...probe(probes, probes.liveness, 8), initialDelaySeconds: 10, periodSeconds: 10 },
    name,
    ports: [{ containerPort: probes.port, name: probePort, protocol: "TCP" }],
    ...(probes.readiness === undefined
      ? {}
      : { readinessProbe: { ...probe(probes, probes.readiness, 3), periodSeconds: 1 } }),
    resources: { requests },
    startupProbe: {
      ...probe(probes, probes.startup, startupFailures),
      initialDelaySeconds: 10,
      periodSeconds: startupPeriodSeconds,
    },
    volumeMounts: mounts.map(({ name: mount, mountPath, readOnly }) => ({
      mountPath,
      name: mount,
      ...(readOnly ? { readOnly } : {}),
    })),
  };
}

const probePort = "probe-port";

function probe({ scheme, host }: Probes, path: string, failureThreshold: number): JsonObject {
  return {
    failureThreshold,
    httpGet: { ...defined({ host }), path, port: probePort, scheme },
    timeoutSeconds: 15,
  };
}

/** Returns the probe's host for a bind address: undefined if that means all addresses, or if it is empty. */
export function probeHost(bindAddress: string): string | undefined {
  return ["0.0.0.0", "::", ""].includes(bindAddress) ? undefined : bindAddress;
}
