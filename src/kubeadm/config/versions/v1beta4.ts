import { Secret } from "../../../errors/secret.ts";
import {
  boolean,
  duration,
  embeddedIn,
  integer,
  isNull,
  listOf,
  mapOf,
  objectOf,
  oneOf,
  type Schema,
  secret,
  string,
  time,
} from "../../../go/json/schema.ts";
import { toJson } from "../../../go/yaml/node.ts";
import { coreStruct } from "../../../kubernetes/pods/pod-schema.ts";
import { bootstrapTokenForm, isBootstrapToken, malformedToken } from "../fields/bootstrap-token.ts";
import { ownKeyRules } from "../fields/encryption-algorithms.ts";
import { imagePullPolicies } from "../fields/node-registration.ts";

/** The wire form of kubeadm.k8s.io/v1beta4, as far as this program reads or writes it. */
export const v1beta4GroupVersion = "kubeadm.k8s.io/v1beta4";

const typeMeta = { apiVersion: string(), kind: string() };

const arg = objectOf("v1beta4.Arg", { name: string(), value: string() });

const taint = objectOf("v1.Taint", {
  key: string(),
  value: string(),
  effect: oneOf(["NoSchedule", "PreferNoSchedule", "NoExecute"], "v1.TaintEffect"),
  timeAdded: time(),
});

const coreEnvVar = { name: string(), value: string(), valueFrom: coreStruct("v1.EnvVarSource") };
const envVar = objectOf("v1beta4.EnvVar", coreEnvVar, embeddedIn("EnvVar", coreEnvVar));

export const timeouts = objectOf("v1beta4.Timeouts", {
  controlPlaneComponentHealthCheck: duration(),
  kubeletHealthCheck: duration(),
  kubernetesAPICall: duration(),
  etcdAPICall: duration(),
  tlsBootstrap: duration(),
  discovery: duration(),
  upgradeManifests: duration(),
});

const nodeRegistration = objectOf("v1beta4.NodeRegistrationOptions", {
  name: string(),
  criSocket: string(),
  taints: listOf(taint),
  kubeletExtraArgs: listOf(arg),
  ignorePreflightErrors: listOf(string()),
  imagePullPolicy: oneOf(imagePullPolicies, "v1.PullPolicy"),
  imagePullSerial: boolean(),
});

const apiEndpoint = objectOf("v1beta4.APIEndpoint", { advertiseAddress: string(), bindPort: integer() });

const discovery = objectOf("v1beta4.Discovery", {
  bootstrapToken: objectOf("v1beta4.BootstrapTokenDiscovery", {
    token: secret(),
    apiServerEndpoint: string(),
    caCertHashes: listOf(string()),
    unsafeSkipCAVerification: boolean(),
  }),
  file: objectOf("v1beta4.FileDiscovery", { kubeConfigPath: string() }),
  tlsBootstrapToken: secret(),
});

/** A token whose Go type validates it: a malformed one fails to decode. */
function tokenOfItsOwn(): Schema<Secret> {
  const text = secret();
  return {
    ...text,
    jsonSchema: { ...text.jsonSchema, pattern: bootstrapTokenForm.source },
    decode: (node, place) => {
      if (isNull(node)) return undefined;
      // Go uses the JSON value as the token's text, without its quotes.
      const written = JSON.stringify(toJson(node)).replaceAll('"', "");
      if (isBootstrapToken(written)) return new Secret(written);
      const message = malformedToken(written);
      place.problems.wrong({ path: place.path, line: node.line, message, stops: true });
      return undefined;
    },
  };
}

/** The API of bootstrap tokens, the same in all versions of the configuration. */
export const bootstrapTokenV1 = objectOf("v1.BootstrapToken", {
  token: tokenOfItsOwn(),
  description: string(),
  ttl: duration(),
  expires: time(),
  usages: listOf(string()),
  groups: listOf(string()),
});

export const initConfigurationV1beta4 = objectOf("v1beta4.InitConfiguration", {
  ...typeMeta,
  bootstrapTokens: listOf(bootstrapTokenV1),
  dryRun: boolean(),
  nodeRegistration,
  localAPIEndpoint: apiEndpoint,
  certificateKey: secret(),
  skipPhases: listOf(string()),
  patches: objectOf("v1beta4.Patches", { directory: string() }),
  timeouts,
});

export const joinConfigurationV1beta4 = objectOf("v1beta4.JoinConfiguration", {
  ...typeMeta,
  dryRun: boolean(),
  nodeRegistration,
  caCertPath: string(),
  discovery,
  controlPlane: objectOf("v1beta4.JoinControlPlane", { localAPIEndpoint: apiEndpoint, certificateKey: secret() }),
  skipPhases: listOf(string()),
  patches: objectOf("v1beta4.Patches", { directory: string() }),
  timeouts,
});

const component = {
  extraArgs: listOf(arg),
  extraVolumes: listOf(
    objectOf("v1beta4.HostPathMount", {
      name: string(),
      hostPath: string(),
      mountPath: string(),
      readOnly: boolean(),
      pathType: string("v1.HostPathType"),
    }),
  ),
  extraEnvs: listOf(envVar),
};

const inComponent = embeddedIn("ControlPlaneComponent", component);

const imageMeta = { imageRepository: string(), imageTag: string() };
const inImageMeta = embeddedIn("ImageMeta", imageMeta);

export const clusterConfigurationV1beta4 = objectOf("v1beta4.ClusterConfiguration", {
  ...typeMeta,
  etcd: objectOf("v1beta4.Etcd", {
    local: objectOf(
      "v1beta4.LocalEtcd",
      {
        ...imageMeta,
        dataDir: string(),
        extraArgs: listOf(arg),
        extraEnvs: listOf(envVar),
        serverCertSANs: listOf(string()),
        peerCertSANs: listOf(string()),
      },
      inImageMeta,
    ),
    external: objectOf("v1beta4.ExternalEtcd", {
      endpoints: listOf(string()),
      httpEndpoints: listOf(string()),
      caFile: string(),
      certFile: string(),
      keyFile: string(),
    }),
  }),
  networking: objectOf("v1beta4.Networking", { serviceSubnet: string(), podSubnet: string(), dnsDomain: string() }),
  kubernetesVersion: string(),
  controlPlaneEndpoint: string(),
  apiServer: objectOf("v1beta4.APIServer", { ...component, certSANs: listOf(string()) }, inComponent),
  controllerManager: objectOf("v1beta4.ControlPlaneComponent", component),
  scheduler: objectOf("v1beta4.ControlPlaneComponent", component),
  dns: objectOf("v1beta4.DNS", { ...imageMeta, disabled: boolean() }, inImageMeta),
  proxy: objectOf("v1beta4.Proxy", { disabled: boolean() }),
  certificatesDir: string(),
  imageRepository: string(),
  featureGates: mapOf(boolean()),
  clusterName: string(),
  encryptionAlgorithm: oneOf(ownKeyRules.algorithms, "v1beta4.EncryptionAlgorithmType"),
  certificateValidityPeriod: duration(),
  caCertificateValidityPeriod: duration(),
});
