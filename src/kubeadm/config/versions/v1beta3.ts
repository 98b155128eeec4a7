import { boolean, duration, integer, listOf, mapOf, objectOf, secret, string, time } from "../../../go/json/schema.ts";

/**
 * The wire form of kubeadm.k8s.io/v1beta3, which upstream dropped in 1.37 and this program still reads. It differs from
 * v1beta4 in that arguments are a map, that timeouts are next to what they apply to (`discovery`, `apiServer`), and
 * that it lacks newer fields.
 */
export const v1beta3GroupVersion = "kubeadm.k8s.io/v1beta3";

export const typeMeta = { apiVersion: string(), kind: string() };

const taint = objectOf("v1.Taint", {
  key: string(),
  value: string(),
  effect: string("v1.TaintEffect"),
  timeAdded: time(),
});

export const nodeRegistration = objectOf("v1beta3.NodeRegistrationOptions", {
  name: string(),
  criSocket: string(),
  taints: listOf(taint),
  kubeletExtraArgs: mapOf(string()),
  ignorePreflightErrors: listOf(string()),
  imagePullPolicy: string("v1.PullPolicy"),
});

export const apiEndpoint = objectOf("v1beta3.APIEndpoint", { advertiseAddress: string(), bindPort: integer() });

export const patches = objectOf("v1beta3.Patches", { directory: string() });

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
