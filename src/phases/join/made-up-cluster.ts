import type { KubernetesObject, ObjectReference } from "../../cluster/cluster.ts";
import type { Placeholder } from "../../cluster/dry-run.ts";
import { type ConfigMap, configMaps, secrets } from "../../cluster/resources.ts";
import type { Events } from "../../events/events.ts";
import { systemNamespace } from "../../kubeadm/cluster-objects/rbac.ts";
import { sharedCertificatesSecret } from "../../kubeadm/cluster-objects/shared-certificates.ts";
import { shownObject } from "../../kubeadm/cluster-objects/show-object.ts";
import type { JoinConfiguration } from "../../kubeadm/config/join/join-configuration.ts";
import { clusterInfoReference } from "../../kubeadm/discovery/token-discovery.ts";
import type { Kubeconfig } from "../../kubeadm/kubeconfig/kubeconfig.ts";
import { parseKubeconfig } from "../../kubeadm/kubeconfig/read-kubeconfig.ts";

/** Ends discovery by token: there is no cluster to verify, so its result is made up. */
class NoCluster extends Error {}

/**
 * Returns the cluster that a dry run joins if the real one cannot be reached, with the objects and values of upstream's
 * dry run. Nothing is ever sent to the server that they name.
 */
export function placeholderOf({ discovery }: Pick<JoinConfiguration, "discovery">): Placeholder {
  return (type, reference) => {
    if (type.plural === secrets.plural && isAt(reference, systemNamespace, sharedCertificatesSecret))
      return certificates;
    if (type.plural !== configMaps.plural) return undefined;
    if (!isAt(reference, clusterInfoReference.namespace, clusterInfoReference.name)) {
      const data = reference.namespace === systemNamespace ? configurations[reference.name] : undefined;
      return data === undefined ? undefined : configMap(systemNamespace, reference.name, data);
    }
    if (discovery.file === undefined) throw new NoCluster();
    // The file itself says which cluster to trust; there is nothing to add to it.
    return configMap(clusterInfoReference.namespace, clusterInfoReference.name, {});
  };
}

/** Returns what discovery finds; the made-up kubeconfig if the cluster cannot be reached. */
export async function discoveredOrPlaceholder(discovering: Promise<Kubeconfig>, events: Events): Promise<Kubeconfig> {
  try {
    return await discovering;
  } catch (error) {
    if (!(error instanceof NoCluster)) throw error;
    events.emit("dryrun.object", { object: shownObject(clusterInfo) });
    return parseKubeconfig(clusterInfo.data?.["kubeconfig"] ?? "");
  }
}

function isAt(reference: ObjectReference, namespace: string, name: string): boolean {
  return reference.namespace === namespace && reference.name === name;
}

function configMap(namespace: string, name: string, data: Readonly<Record<string, string>>): ConfigMap {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace }, data };
}

const server = "192.168.0.101:6443";

/** A CA that signs nothing: its key does not exist any more. */
const authority = `${[
  "-----BEGIN CERTIFICATE-----",
  "MIIDBTCCAe2gAwIBAgIINJftaB+OWwAwDQYJKoZIhvcNAQELBQAwFTETMBEGA1UE",
  "AxMKa3ViZXJuZXRlczAeFw0yNDA3MDgxMjQwMDRaFw0zNDA3MDYxMjQ1MDRaMBUx",
  "EzARBgNVBAMTCmt1YmVybmV0ZXMwggEiMA0GCSqGSIb3DQEBAQUAA4IBDwAwggEK",
  "AoIBAQDaQDdigOyWim6W/48n3PHoVeVBSid6WcndEWuUq5gBWXdlt996h+VnItlt",
  "8zChl/oR5WfRaRC805Z+oMn/Y8IGVQ3t1hnyImYn4w3vzRXouGeBeiu2SSVjgBwj",
  "XjybbMCmrAdIcbIeZmH66ev5z+5YKmZRUYc3hDaHpXd0EEnZyJV5waZs0XMQUHM7",
  "eqOZAZJ9/mO3NUBplvrPnpOMK7kSEPPg75cU7WHoJHFkeYW593gsgCs2BtUu64cq",
  "bVX9bigrYddpZkoEKKxU8HIwHsI5V8Ron3mKFGlrE17b2l/8CqmAuOvyzLIeiQGX",
  "egIaR/nRHHID9ATi6tX8EaDDpev/AgMBAAGjWTBXMA4GA1UdDwEB/wQEAwICpDAP",
  "BgNVHRMBAf8EBTADAQH/MB0GA1UdDgQWBBQYaCDe6yuVqSaWV73zLjWmGhiaTzAV",
  "BgNVHREEDjAMggprdWJlcm5ldGVzMA0GCSqGSIb3DQEBCwUAA4IBAQCceMnniPaq",
  "GREjGp6XRS7QEYmQrbEd+TV5JQ18o+mW6oGpZ8CA3JAHQDNNPEmPc0yuXDxO9BFX",
  "bg2XRH+KNJ3W2JfQ1TH3TXJEaxfHuX4mB59RClC114klWdHx1j7AmEkuy6tdjnai",
  "fhtSGnxA03bp7b8go3IjW4NpWRN1WG59va0J8BHFh7CDieLn+DMuI63BgkY/y2s0",
  "L/dm9PfqgUK1A3/0dhCV6bECjzA3JBewmdH/+UBOyY2mC05YP33d0p9yykbkdXNq",
  "DN5yAsvMP/OWCnB1eBQTojM82LSqwtvmmMR4tWauh9udVKGck4xBZWudrnKDUUXI",
  "QDMPRgJC/Nx4",
  "-----END CERTIFICATE-----",
].join("\n")}\n`;

const clusterInfo = configMap(clusterInfoReference.namespace, clusterInfoReference.name, {
  "jws-kubeconfig-abcdef": "eyJhbGciOiJIUzI1NiIsImtpZCI6ImFiY2RlZiJ9..rh3cVKiU2mdt3CqHzC81sNE-4WQLRHMtXduHWfSbrIM",
  kubeconfig: `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${Buffer.from(authority).toString("base64")}
    server: https://${server}
  name: ""
contexts: null
current-context: ""
kind: Config
users: null
`,
});

const configurations: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "kubeadm-config": {
    ClusterConfiguration: `apiServer: {}
apiVersion: kubeadm.k8s.io/v1beta4
caCertificateValidityPeriod: 87600h0m0s
certificateValidityPeriod: 100h0m0s
certificatesDir: /etc/kubernetes/pki
clusterName: kubernetes
controllerManager:
  extraArgs:
  - name: cluster-signing-duration
    value: 24h
controlPlaneEndpoint: ${server}
dns: {}
encryptionAlgorithm: RSA-2048
etcd:
  local:
    dataDir: /var/lib/etcd
imageRepository: registry.k8s.io
kind: ClusterConfiguration
kubernetesVersion: 1.36.0
networking:
  dnsDomain: cluster.local
  podSubnet: 192.168.0.0/16
  serviceSubnet: 10.96.0.0/12
proxy: {}
scheduler: {}
`,
  },
  "kubelet-config": {
    kubelet: `apiVersion: kubelet.config.k8s.io/v1beta1
authentication:
  anonymous:
    enabled: false
  webhook:
    enabled: true
  x509:
    clientCAFile: /etc/kubernetes/pki/ca.crt
authorization:
  mode: Webhook
cgroupDriver: systemd
clusterDNS:
- 10.96.0.10
clusterDomain: cluster.local
healthzBindAddress: 127.0.0.1
healthzPort: 10248
kind: KubeletConfiguration
memorySwap: {}
resolvConf: /run/systemd/resolve/resolv.conf
rotateCertificates: true
staticPodPath: /etc/kubernetes/manifests
`,
  },
  "kube-proxy": {
    "config.conf": `apiVersion: kubeproxy.config.k8s.io/v1alpha1
bindAddress: 0.0.0.0
bindAddressHardFail: false
clientConnection:
  kubeconfig: /var/lib/kube-proxy/kubeconfig.conf
clusterCIDR: 192.168.0.0/16
kind: KubeProxyConfiguration
`,
    "kubeconfig.conf": `apiVersion: v1
kind: Config
clusters:
- cluster:
    certificate-authority: /var/run/secrets/kubernetes.io/serviceaccount/ca.crt
    server: https://${server}
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
    tokenFile: /var/run/secrets/kubernetes.io/serviceaccount/token
`,
  },
};

const names = [
  "ca.crt",
  "ca.key",
  "etcd-ca.crt",
  "etcd-ca.key",
  "front-proxy-ca.crt",
  "front-proxy-ca.key",
  "sa.key",
  "sa.pub",
];

/** The entries are empty: nothing is saved, and the certs phase makes all certificates. */
const certificates: KubernetesObject & { readonly data: Readonly<Record<string, string>> } = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: sharedCertificatesSecret, namespace: systemNamespace },
  data: Object.fromEntries(names.map((name) => [name, ""])),
};
