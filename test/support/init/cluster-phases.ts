import { memoryContainerRuntimes } from "../../fixtures/cri/memory.ts";
// An embedded API server that no one has initialized, and the phases of init that write to it.

import { connections } from "../../../src/cluster/connections.ts";
import {
  type ControlPlane,
  type ControlPlaneOptions,
  resources,
  startControlPlane,
} from "../../../src/embedded/control-plane/index.ts";
import { Secret } from "../../../src/errors/secret.ts";
import type { Event } from "../../../src/events/event.ts";
import { eventsTo, silentEvents } from "../../../src/events/events.ts";
import { type MemoryHost, type MemorySeed, memoryHost } from "../../../src/host/memory.ts";
import { decodeClusterConfiguration } from "../../../src/kubeadm/config/cluster/stored-cluster-configuration.ts";
import { completeComponents } from "../../../src/kubeadm/config/components/component-configurations.ts";
import {
  defaultTokenGroup,
  parseBootstrapToken,
  tokenUsages,
} from "../../../src/kubeadm/config/fields/bootstrap-token.ts";
import { defaultTimeouts } from "../../../src/kubeadm/config/fields/timeouts.ts";
import type { InitOptions } from "../../../src/kubeadm/config/init/init-options.ts";
import { nodeRegistrationFrom } from "../../../src/kubeadm/config/versions/convert-join.ts";
import { controlPlaneTaint } from "../../../src/kubernetes/taint.ts";
import type { InitContext } from "../../../src/phases/init/context.ts";
import { defined } from "../../../src/values/defined.ts";
import type { JsonObject } from "../../../src/values/json.ts";
import type { Phase } from "../../../src/workflow/phase.ts";
import { plan } from "../../../src/workflow/plan.ts";
import { runSteps } from "../../../src/workflow/run.ts";

export interface InitSetting {
  readonly controlPlane?: ControlPlaneOptions;
  readonly files?: MemorySeed["files"];
  /** Members of the options that differ from a plain `kubeadm init`. */
  readonly options?: Partial<InitOptions>;
  /** ClusterConfiguration, without its apiVersion and kind. */
  readonly cluster?: Readonly<Record<string, unknown>>;
  /** Members of a KubeletConfiguration that the user gives. */
  readonly kubelet?: JsonObject;
  readonly certificateKey?: string;
  readonly advertiseAddress?: string;
  readonly bindPort?: number;
  readonly hostname?: string;
  readonly services?: MemorySeed["services"];
  readonly environment?: Readonly<Record<string, string>>;
  readonly runsAlone?: boolean;
}

export interface Initializing {
  readonly controlPlane: ControlPlane;
  readonly host: MemoryHost;
  readonly told: readonly Event[];
  run(...phases: readonly Phase<InitContext>[]): Promise<void>;
}

/** The address of the recorded cluster; the embedded server is reached whatever is in a URL. */
export const endpoint = "192.0.2.10:6443";

/** What kubeadm makes in a cluster, by the names that the embedded control plane has given it already. */
const kubeadmNames =
  /^(kubeadm:.*|kubeadm-config|kubelet-config|kube-proxy|kube-dns|coredns|system:coredns|cluster-info)$/;

export async function startInit(setting: InitSetting = {}): Promise<Initializing> {
  const controlPlane = await startControlPlane({
    encryptionAlgorithm: "ECDSA-P256",
    controlPlaneEndpoint: endpoint,
    stoppedControllers: ["bootstrapsigner", "tokencleaner"],
    ...setting.controlPlane,
  });
  for (const resource of Object.values(resources)) {
    for (const { metadata } of controlPlane.storage.list(resource)) {
      if (kubeadmNames.test(metadata.name)) controlPlane.storage.delete(resource, metadata);
    }
  }
  const superAdmin = { commonName: "kubernetes-super-admin", organizations: ["system:masters"] };
  const host = memoryHost({
    files: {
      "/etc/kubernetes/admin.conf": controlPlane.adminKubeconfig,
      "/etc/kubernetes/super-admin.conf": await controlPlane.createKubeconfig(superAdmin),
      ...setting.files,
    },
    services: { kubelet: { state: "active" }, ...setting.services },
    clock: { start: new Date(), automatic: true },
    machine: {
      hostname: setting.hostname ?? "cp1",
      ...defined({ environment: setting.environment }),
    },
  });
  const told: Event[] = [];
  return { controlPlane, host, told, run: (...phases) => run(phases, { controlPlane, host, told, setting }) };
}

interface RunParts {
  readonly controlPlane: ControlPlane;
  readonly host: MemoryHost;
  readonly told: Event[];
  readonly setting: InitSetting;
}

async function run(phases: readonly Phase<InitContext>[], { controlPlane, host, told, setting }: RunParts) {
  const events = eventsTo((event) => told.push(event), host.clock.now);
  const context: InitContext = {
    options: initOptions(setting),
    host,
    connections: connections({
      connectTransport: controlPlane.connectInProcess,
      environment: {},
      userAgent: "kubeadm/v1.37.2",
      events: silentEvents,
      monotonic: () => host.clock.monotonic(),
    }),
    connectContainerRuntime: memoryContainerRuntimes({}),
    startedAt: host.clock.now(),
    connectEtcd: () => {
      throw new Error("these phases have nothing to do with etcd");
    },
    inspectServer: async () => undefined,
    readLine: async () => undefined,
    includes: () => true,
    ...(setting.runsAlone === true ? { only: "one phase" } : {}),
  };
  const { signal } = new AbortController();
  await runSteps(plan(phases), {
    context,
    events,
    signal,
    clock: host.clock,
    finish: async () => undefined,
    dryRun: context.options.dryRun,
  });
}

export function initOptions(setting: InitSetting): InitOptions {
  const { options, kubelet, cluster = {}, certificateKey, advertiseAddress = "192.0.2.10", bindPort = 6443 } = setting;
  const written = { apiVersion: "kubeadm.k8s.io/v1beta4", kind: "ClusterConfiguration", ...cluster };
  const configuration = decodeClusterConfiguration(
    JSON.stringify({ kubernetesVersion: "v1.37.2", ...written }),
    silentEvents,
  );
  return {
    configuration: {
      dryRun: false,
      bootstrapTokens: [
        {
          token: parseBootstrapToken("abcdef.0123456789abcdef"),
          description: "",
          ttlMs: 24 * 3_600_000,
          usages: tokenUsages,
          groups: [defaultTokenGroup],
        },
      ],
      nodeRegistration: nodeRegistrationFrom({
        name: "cp1",
        criSocket: "unix:///var/run/containerd/containerd.sock",
        taints: [controlPlaneTaint],
      }),
      localAPIEndpoint: { advertiseAddress, bindPort },
      ...(certificateKey === undefined ? {} : { certificateKey: new Secret(certificateKey) }),
      skipPhases: [],
      timeouts: defaultTimeouts,
    },
    cluster: configuration,
    components: completeComponents(defined({ kubelet }), configuration, advertiseAddress, silentEvents),
    dryRun: false,
    needsDryRunDirectory: false,
    skipPhases: [],
    ignorePreflightErrors: [],
    uploadCerts: true,
    skipTokenPrint: false,
    skipCertificateKeyPrint: false,
    kubeconfigDirectory: "/etc/kubernetes",
    kubeconfigPath: "/etc/kubernetes/admin.conf",
    printManifest: false,
    ...options,
  };
}
