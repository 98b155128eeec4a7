import { boolean, duration, integer, listOf, mapOf, objectOf, secret, string, time } from "../yaml/schema.ts";
import { bootstrapTokenV1 } from "./v1beta4.ts";

/**
 * The wire form of kubeadm.k8s.io/v1beta3, which upstream dropped in 1.37 and this program still reads. It differs from
 * v1beta4 in that arguments are a map, that time limits stand where they are used (`discovery`, `apiServer`), and in what
 * was not there yet.
 */
export const v1beta3GroupVersion = "kubeadm.k8s.io/v1beta3";

const typeMeta = { apiVersion: string(), kind: string() };

const taint = objectOf("v1.Taint", {
  key: string(),
  value: string(),
  effect: string("v1.TaintEffect"),
  timeAdded: time(),
});

const nodeRegistration = objectOf("v1beta3.NodeRegistrationOptions", {
  name: string(),
  criSocket: string(),
  taints: listOf(taint),
  kubeletExtraArgs: mapOf(string()),
  ignorePreflightErrors: listOf(string()),
  imagePullPolicy: string("v1.PullPolicy"),
});

const apiEndpoint = objectOf("v1beta3.APIEndpoint", { advertiseAddress: string(), bindPort: integer() });

const patches = objectOf("v1beta3.Patches", { directory: string() });

export const joinConfigurationV1beta3 = objectOf("v1beta3.JoinConfiguration", {
  ...typeMeta,
  nodeRegistration,
  caCertPath: string(),
  discovery: objectOf("v1beta3.Discovery", {
    bootstrapToken: objectOf("v1beta3.BootstrapTokenDiscovery", {
      token: secret(),
      apiServerEndpoint: string(),
      caCertHashes: listOf(string()),
      unsafeSkipCAVerification: boolean(),
    }),
    file: objectOf("v1beta3.FileDiscovery", { kubeConfigPath: string() }),
    tlsBootstrapToken: secret(),
    timeout: duration(),
  }),
  controlPlane: objectOf("v1beta3.JoinControlPlane", { localAPIEndpoint: apiEndpoint, certificateKey: secret() }),
  skipPhases: listOf(string()),
  patches,
});

export const initConfigurationV1beta3 = objectOf("v1beta3.InitConfiguration", {
  ...typeMeta,
  bootstrapTokens: listOf(bootstrapTokenV1),
  nodeRegistration,
  localAPIEndpoint: apiEndpoint,
  certificateKey: secret(),
  skipPhases: listOf(string()),
  patches,
});

const component = {
  extraArgs: mapOf(string()),
  extraVolumes: listOf(
    objectOf("v1beta3.HostPathMount", {
      name: string(),
      hostPath: string(),
      mountPath: string(),
      readOnly: boolean(),
      pathType: string("v1.HostPathType"),
    }),
  ),
};

const imageMeta = { imageRepository: string(), imageTag: string() };

export const clusterConfigurationV1beta3 = objectOf("v1beta3.ClusterConfiguration", {
  ...typeMeta,
  etcd: objectOf("v1beta3.Etcd", {
    local: objectOf("v1beta3.LocalEtcd", {
      ...imageMeta,
      dataDir: string(),
      extraArgs: mapOf(string()),
      serverCertSANs: listOf(string()),
      peerCertSANs: listOf(string()),
    }),
    external: objectOf("v1beta3.ExternalEtcd", {
      endpoints: listOf(string()),
      caFile: string(),
      certFile: string(),
      keyFile: string(),
    }),
  }),
  networking: objectOf("v1beta3.Networking", { serviceSubnet: string(), podSubnet: string(), dnsDomain: string() }),
  kubernetesVersion: string(),
  controlPlaneEndpoint: string(),
  apiServer: objectOf("v1beta3.APIServer", {
    ...component,
    certSANs: listOf(string()),
    timeoutForControlPlane: duration(),
  }),
  controllerManager: objectOf("v1beta3.ControlPlaneComponent", component),
  scheduler: objectOf("v1beta3.ControlPlaneComponent", component),
  dns: objectOf("v1beta3.DNS", imageMeta),
  certificatesDir: string(),
  imageRepository: string(),
  featureGates: mapOf(boolean()),
  clusterName: string(),
});
