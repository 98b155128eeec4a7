import { boolean, duration, integer, listOf, mapOf, objectOf, secret, string, time } from "../yaml/schema.ts";

/**
 * The wire form of kubeadm.k8s.io/v1beta3, which upstream dropped in 1.37 and this program still reads. It differs from
 * v1beta4 in that arguments are a map and that the time limit of discovery stands under `discovery`.
 */
export const v1beta3GroupVersion = "kubeadm.k8s.io/v1beta3";

const taint = objectOf("v1.Taint", {
  key: string(),
  value: string(),
  effect: string("v1.TaintEffect"),
  timeAdded: time(),
});

export const joinConfigurationV1beta3 = objectOf("v1beta3.JoinConfiguration", {
  apiVersion: string(),
  kind: string(),
  nodeRegistration: objectOf("v1beta3.NodeRegistrationOptions", {
    name: string(),
    criSocket: string(),
    taints: listOf(taint),
    kubeletExtraArgs: mapOf(string()),
    ignorePreflightErrors: listOf(string()),
    imagePullPolicy: string("v1.PullPolicy"),
  }),
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
  controlPlane: objectOf("v1beta3.JoinControlPlane", {
    localAPIEndpoint: objectOf("v1beta3.APIEndpoint", { advertiseAddress: string(), bindPort: integer() }),
    certificateKey: secret(),
  }),
  skipPhases: listOf(string()),
  patches: objectOf("v1beta3.Patches", { directory: string() }),
});
