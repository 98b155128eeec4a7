import type { StoredObject } from "../apiserver/objects.ts";
import { addressAt } from "../subnet.ts";

const namespaces = ["default", "kube-node-lease", "kube-public", "kube-system"];
const controllerAccounts = ["bootstrap-signer", "certificate-controller", "token-cleaner"];

/** The objects that an API server creates, except roles: the first namespaces and the Service `kubernetes`. */
export function apiServerObjects({ serviceSubnet }: { readonly serviceSubnet: string }): readonly StoredObject[] {
  return [...namespaces.map(namespaceObject), apiService(serviceSubnet)];
}

/** The objects that a controller manager creates: its controllers' accounts, and those in every namespace. */
export function controllerManagerObjects(caCertificatePem: string): readonly StoredObject[] {
  return [
    ...namespaces.flatMap((namespace) => namespaceContent(namespace, caCertificatePem)),
    ...controllerAccounts.map((name) => serviceAccount("kube-system", name)),
  ];
}

function namespaceObject(name: string): StoredObject {
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name, labels: { "kubernetes.io/metadata.name": name } },
    spec: { finalizers: ["kubernetes"] },
    status: { phase: "Active" },
  };
}

/** Every namespace has a service account and the CA that its Pods trust. */
export function namespaceContent(namespace: string, caCertificatePem: string): readonly StoredObject[] {
  return [
    serviceAccount(namespace, "default"),
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: {
        name: "kube-root-ca.crt",
        namespace,
        annotations: {
          "kubernetes.io/description":
            "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.",
        },
      },
      data: { "ca.crt": caCertificatePem },
    },
  ];
}

function serviceAccount(namespace: string, name: string): StoredObject {
  return { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace } };
}

function apiService(serviceSubnet: string): StoredObject {
  const clusterIP = addressAt(serviceSubnet, 1);
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name: "kubernetes",
      namespace: "default",
      labels: { component: "apiserver", provider: "kubernetes" },
    },
    spec: {
      clusterIP,
      clusterIPs: [clusterIP],
      internalTrafficPolicy: "Cluster",
      ipFamilies: [clusterIP.includes(":") ? "IPv6" : "IPv4"],
      ipFamilyPolicy: "SingleStack",
      ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: 6443 }],
      sessionAffinity: "None",
      type: "ClusterIP",
    },
    status: { loadBalancer: {} },
  };
}
