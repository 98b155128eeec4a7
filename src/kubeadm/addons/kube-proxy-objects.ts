import type { ConfigMap } from "../../cluster/resources.ts";
import { serviceAccounts, type WorkloadObject } from "../../cluster/workload-resources.ts";
import { writeYaml } from "../../go/yaml/write-yaml.ts";
import type { JsonObject } from "../../values/json.ts";
import { signedByKubeadm } from "../cluster-objects/component-config-hash.ts";
import { type DesiredObject, desired } from "../cluster-objects/desired-object.ts";
import {
  bootstrappersGroup,
  clusterRoleBinding,
  readersOf,
  serviceAccount,
  systemNamespace,
} from "../cluster-objects/rbac.ts";

const name = "kube-proxy";
const namedInSystem = { name, namespace: systemNamespace };
const labels = { "k8s-app": name };

const directory = "/var/lib/kube-proxy";
const configurationKey = "config.conf";
export const kubeconfigKey = "kubeconfig.conf";

export const kubeProxyAccount: DesiredObject = desired(serviceAccounts, { metadata: namedInSystem });

/** The rights of kube-proxy, and of joining machines to read its configuration. */
export const kubeProxyRights: readonly DesiredObject[] = [
  clusterRoleBinding("kubeadm:node-proxier", "system:node-proxier", serviceAccount(name)),
  ...readersOf({ resource: "configmaps", namespace: systemNamespace, name }, name, bootstrappersGroup),
];

export interface KubeProxyConfigMapOptions {
  /** kubeproxy.config.k8s.io/v1alpha1, complete. */
  readonly configuration: JsonObject;
  readonly isUserSupplied: boolean;
  /** URL of the API server for all nodes. */
  readonly server: string;
}

export function kubeProxyConfigMap({ configuration, isUserSupplied, server }: KubeProxyConfigMapOptions): ConfigMap {
  const map: ConfigMap = {
    metadata: { ...namedInSystem, labels: { app: name } },
    data: { [kubeconfigKey]: podKubeconfig(server), [configurationKey]: writeYaml(configuration).trimEnd() },
  };
  return isUserSupplied ? map : signedByKubeadm(map);
}

/** Reports whether a text is the kubeconfig of kube-proxy's Pods, for any server. */
export function isPodKubeconfig(text: string): boolean {
  const server = /^ {4}server: (.*)$/m.exec(text)?.[1];
  return server !== undefined && text.trimEnd() === podKubeconfig(server).trimEnd();
}

/** Byte for byte upstream's, because the hash of the ConfigMap includes it. */
function podKubeconfig(server: string): string {
  const credentials = "/var/run/secrets/kubernetes.io/serviceaccount";
  return `apiVersion: v1
kind: Config
clusters:
- cluster:
    certificate-authority: ${credentials}/ca.crt
    server: ${server}
  name: default
contexts:
- context:
    cluster: default
    namespace: default
    user: default
  name: default
current-context: default
users:
- name: default
  user:
    tokenFile: ${credentials}/token`;
}

export interface KubeProxyDaemonSetOptions {
  readonly image: string;
  /** Appended to the container's environment. */
  readonly environment: readonly JsonObject[];
}

/** The DaemonSet, before patches. */
export function kubeProxyDaemonSet({ image, environment }: KubeProxyDaemonSetOptions) {
  const nodeName = { name: "NODE_NAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } };
  return {
    metadata: { ...namedInSystem, labels },
    spec: {
      selector: { matchLabels: labels },
      updateStrategy: { type: "RollingUpdate" },
      template: {
        metadata: { labels },
        spec: {
          priorityClassName: "system-node-critical",
          containers: [{ ...container(image), env: [nodeName, ...environment] }],
          hostNetwork: true,
          serviceAccountName: name,
          volumes: [
            { name, configMap: { name } },
            { name: "xtables-lock", hostPath: { path: "/run/xtables.lock", type: "FileOrCreate" } },
            { name: "lib-modules", hostPath: { path: "/lib/modules" } },
          ],
          tolerations: [{ operator: "Exists" }],
          nodeSelector: { "kubernetes.io/os": "linux" },
        },
      },
    },
  } satisfies WorkloadObject;
}

function container(image: string) {
  return {
    name,
    image,
    imagePullPolicy: "IfNotPresent",
    command: [
      "/usr/local/bin/kube-proxy",
      `--config=${directory}/${configurationKey}`,
      "--hostname-override=$(NODE_NAME)",
    ],
    securityContext: { privileged: true },
    volumeMounts: [
      { mountPath: directory, name },
      { mountPath: "/run/xtables.lock", name: "xtables-lock" },
      { mountPath: "/lib/modules", name: "lib-modules", readOnly: true },
    ],
  };
}
