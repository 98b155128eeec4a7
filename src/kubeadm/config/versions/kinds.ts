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

const typeMeta = { apiVersion: string(), kind: string() };

const taint = objectOf("v1.Taint", {
  key: string(),
  value: string(),
  effect: oneOf(["NoSchedule", "PreferNoSchedule", "NoExecute"], "v1.TaintEffect"),
  timeAdded: time(),
});

const coreEnvVar = { name: string(), value: string(), valueFrom: coreStruct("v1.EnvVarSource") };

const imageMeta = { imageRepository: string(), imageTag: string() };
const inImageMeta = embeddedIn("ImageMeta", imageMeta);

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

/**
 * The kinds of a version of kubeadm.k8s.io, as far as this program reads or writes them: v1beta4, and v1, whose arguments
 * have one field more. `version` names Go's types in messages.
 */
export function kindsOf<A>(version: string, arg: Schema<A>) {
  const named = (type: string) => `${version}.${type}`;
  const envVar = objectOf(named("EnvVar"), coreEnvVar, embeddedIn("EnvVar", coreEnvVar));

  const timeouts = objectOf(named("Timeouts"), {
    controlPlaneComponentHealthCheck: duration(),
    kubeletHealthCheck: duration(),
    kubernetesAPICall: duration(),
    etcdAPICall: duration(),
    tlsBootstrap: duration(),
    discovery: duration(),
    upgradeManifests: duration(),
  });

  const nodeRegistration = objectOf(named("NodeRegistrationOptions"), {
    name: string(),
    criSocket: string(),
    taints: listOf(taint),
    kubeletExtraArgs: listOf(arg),
    ignorePreflightErrors: listOf(string()),
    imagePullPolicy: oneOf(imagePullPolicies, "v1.PullPolicy"),
    imagePullSerial: boolean(),
  });

  const apiEndpoint = objectOf(named("APIEndpoint"), { advertiseAddress: string(), bindPort: integer() });

  const discovery = objectOf(named("Discovery"), {
    bootstrapToken: objectOf(named("BootstrapTokenDiscovery"), {
      token: secret(),
      apiServerEndpoint: string(),
      caCertHashes: listOf(string()),
      unsafeSkipCAVerification: boolean(),
    }),
    file: objectOf(named("FileDiscovery"), { kubeConfigPath: string() }),
    tlsBootstrapToken: secret(),
  });

  const initConfiguration = objectOf(named("InitConfiguration"), {
    ...typeMeta,
    bootstrapTokens: listOf(bootstrapTokenV1),
    dryRun: boolean(),
    nodeRegistration,
    localAPIEndpoint: apiEndpoint,
    certificateKey: secret(),
    skipPhases: listOf(string()),
    patches: objectOf(named("Patches"), { directory: string() }),
    timeouts,
  });

  const joinConfiguration = objectOf(named("JoinConfiguration"), {
    ...typeMeta,
    dryRun: boolean(),
    nodeRegistration,
    caCertPath: string(),
    discovery,
    controlPlane: objectOf(named("JoinControlPlane"), { localAPIEndpoint: apiEndpoint, certificateKey: secret() }),
    skipPhases: listOf(string()),
    patches: objectOf(named("Patches"), { directory: string() }),
    timeouts,
  });

  const component = {
    extraArgs: listOf(arg),
    extraVolumes: listOf(
      objectOf(named("HostPathMount"), {
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

  const clusterConfiguration = objectOf(named("ClusterConfiguration"), {
    ...typeMeta,
    etcd: objectOf(named("Etcd"), {
      local: objectOf(
        named("LocalEtcd"),
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
      external: objectOf(named("ExternalEtcd"), {
        endpoints: listOf(string()),
        httpEndpoints: listOf(string()),
        caFile: string(),
        certFile: string(),
        keyFile: string(),
      }),
    }),
    networking: objectOf(named("Networking"), { serviceSubnet: string(), podSubnet: string(), dnsDomain: string() }),
    kubernetesVersion: string(),
    controlPlaneEndpoint: string(),
    apiServer: objectOf(named("APIServer"), { ...component, certSANs: listOf(string()) }, inComponent),
    controllerManager: objectOf(named("ControlPlaneComponent"), component),
    scheduler: objectOf(named("ControlPlaneComponent"), component),
    dns: objectOf(named("DNS"), { ...imageMeta, disabled: boolean() }, inImageMeta),
    proxy: objectOf(named("Proxy"), { disabled: boolean() }),
    certificatesDir: string(),
    imageRepository: string(),
    featureGates: mapOf(boolean()),
    clusterName: string(),
    encryptionAlgorithm: oneOf(ownKeyRules.algorithms, named("EncryptionAlgorithmType")),
    certificateValidityPeriod: duration(),
    caCertificateValidityPeriod: duration(),
  });
  return { timeouts, initConfiguration, joinConfiguration, clusterConfiguration };
}
