import { boolean, duration, listOf, mapOf, objectOf, secret, string } from "../../../go/json/schema.ts";
import { bootstrapTokenV1 } from "./kinds.ts";
import { apiEndpoint, nodeRegistration, patches, typeMeta } from "./v1beta3.ts";

// The v1beta3 kinds that `init` reads; separate, so that a join does not load them.

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
