import { expect, it } from "vitest";
import { machine, told } from "../../../test/fixtures/kubeadm/preflight/preflight.ts";
import { generateKeys, type KeyAlgorithm, privateKeyPem } from "../../pki/keys.ts";
import { clusterConfigurationFromV1beta4 } from "../config/cluster/cluster-configuration.ts";
import { controlPlaneToCheck } from "./control-plane-checks.ts";
import { keyAlgorithmChecks } from "./key-algorithm.ts";

interface Given {
  readonly version?: string;
  readonly etcd?: "local" | "external";
  readonly gates?: string;
  readonly compatibility?: string;
  readonly tokenKey?: KeyAlgorithm;
}

const external = { endpoints: ["https://192.0.2.9:2379"], caFile: "/e/ca", certFile: "/e/crt", keyFile: "/e/key" };

async function linesFor({ version = "v1.38.0", etcd = "external", gates, compatibility, tokenKey }: Given) {
  const extraArgs = Object.entries({ "feature-gates": gates, "min-compatibility-version": compatibility }).flatMap(
    ([name, value]) => (value === undefined ? [] : [{ name, value }]),
  );
  const cluster = clusterConfigurationFromV1beta4({
    encryptionAlgorithm: "ML-DSA-65",
    kubernetesVersion: version,
    apiServer: { extraArgs },
    controllerManager: { extraArgs },
    ...(etcd === "external" ? { etcd: { external } } : {}),
  });
  const localAPIEndpoint = { advertiseAddress: "192.0.2.10", bindPort: 6443 };
  const checks = keyAlgorithmChecks(
    controlPlaneToCheck(
      { localAPIEndpoint, cluster: { ...cluster, kubernetesVersion: version } },
      { downloadsCertificates: false },
    ),
  );
  const key = tokenKey === undefined ? undefined : privateKeyPem((await generateKeys(tokenKey)).privateKey);
  const files = key === undefined ? {} : { "/etc/kubernetes/pki/sa.key": key };
  return (await told(checks, machine({ files }))).lines;
}

const olderControlPlane =
  "ERROR KeyAlgorithm: the control plane of Kubernetes v1.37.2 cannot read ML-DSA-65 keys: tls: failed to parse private key";
const olderEtcd = "WARNING KeyAlgorithm: etcd can read ML-DSA-65 keys only if it was built with Go 1.27 or later";
const tokens = ["kube-apiserver", "kube-controller-manager"].map(
  (component) =>
    `WARNING KeyAlgorithm: ${component} signs tokens with an ML-DSA-65 key only with the feature gate ServiceAccountTokenMLDSA, which is off by default`,
);

it.each<[what: string, given: Given, expected: readonly string[]]>([
  ["1.37", { version: "v1.37.2" }, [olderControlPlane]],
  ["1.37 with its own etcd", { version: "v1.37.2", etcd: "local" }, [olderEtcd, olderControlPlane]],
  ["1.38", {}, tokens],
  ["1.38 with its own etcd", { etcd: "local" }, [olderEtcd, ...tokens]],
  ["1.38 with the feature gate", { gates: "A=true,ServiceAccountTokenMLDSA=true" }, []],
  ["1.38 with the feature gate of a component", { gates: "kube:ServiceAccountTokenMLDSA=t" }, []],
  ["1.38 with all gates in beta", { gates: "AllBeta=true" }, []],
  ["1.38 with all gates in beta but this", { gates: "AllBeta=true,ServiceAccountTokenMLDSA=false" }, tokens],
  ["1.38 that is compatible with 1.38 only", { compatibility: "1.38" }, []],
  ["1.38 with an RSA key for tokens", { tokenKey: "RSA-2048" }, []],
  ["1.38 with an ML-DSA key for tokens", { tokenKey: "ML-DSA-44" }, tokens],
  ["a minor version that is not known", { version: "v1.99.0" }, []],
])("ML-DSA keys are compared with what the components of %s can use", async (_, given, expected) => {
  expect(await linesFor(given)).toEqual(expected);
});
