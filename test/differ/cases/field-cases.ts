// One field of a configuration at a time, with values that fit and values that do not.

import type { Random } from "../../support/random.ts";
import type { DifferCase } from "../case.ts";
import { clusterFields, document, documents, type FieldValues, initFields, joinFields } from "./configuration-text.ts";
import { fieldValues, type Kind } from "./field-values.ts";

const timeouts = Object.fromEntries(
  [
    "controlPlaneComponentHealthCheck",
    "kubeletHealthCheck",
    "kubernetesAPICall",
    "etcdAPICall",
    "tlsBootstrap",
    "discovery",
    "upgradeManifests",
  ].map((name): [string, Kind] => [`timeouts.${name}`, "duration"]),
);
const registration: Readonly<Record<string, Kind>> = {
  "nodeRegistration.name": "name",
  "nodeRegistration.criSocket": "socket",
  "nodeRegistration.taints": "taints",
  "nodeRegistration.kubeletExtraArgs": "arguments",
  "nodeRegistration.ignorePreflightErrors": "checks",
  "nodeRegistration.imagePullPolicy": "pullPolicy",
  "nodeRegistration.imagePullSerial": "boolean",
};

const kinds: Readonly<Record<string, { readonly base: FieldValues; readonly fields: Readonly<Record<string, Kind>> }>> =
  {
    ClusterConfiguration: {
      base: clusterFields,
      fields: {
        kubernetesVersion: "version",
        clusterName: "text",
        controlPlaneEndpoint: "endpoint",
        certificatesDir: "path",
        imageRepository: "text",
        featureGates: "gates",
        encryptionAlgorithm: "algorithm",
        certificateValidityPeriod: "duration",
        caCertificateValidityPeriod: "duration",
        "networking.serviceSubnet": "subnet",
        "networking.podSubnet": "subnet",
        "networking.dnsDomain": "name",
        "apiServer.extraArgs": "arguments",
        "apiServer.extraVolumes": "volumes",
        "apiServer.extraEnvs": "environment",
        "apiServer.certSANs": "texts",
        "controllerManager.extraArgs": "arguments",
        "controllerManager.extraVolumes": "volumes",
        "scheduler.extraEnvs": "environment",
        "etcd.local.dataDir": "path",
        "etcd.local.extraArgs": "arguments",
        "etcd.local.extraEnvs": "environment",
        "etcd.local.serverCertSANs": "texts",
        "etcd.local.imageTag": "tag",
        "etcd.local.imageRepository": "text",
        "etcd.external.endpoints": "etcdEndpoints",
        "etcd.external.caFile": "path",
        "dns.imageTag": "tag",
        "dns.imageRepository": "text",
        "dns.disabled": "boolean",
        "proxy.disabled": "boolean",
        networking: "text",
        apiServer: "texts",
        etcd: "text",
      },
    },
    InitConfiguration: {
      base: initFields,
      fields: {
        ...registration,
        bootstrapTokens: "tokens",
        dryRun: "boolean",
        "localAPIEndpoint.advertiseAddress": "address",
        "localAPIEndpoint.bindPort": "integer",
        certificateKey: "key",
        skipPhases: "texts",
        "patches.directory": "path",
        patches: "text",
        ...timeouts,
      },
    },
    JoinConfiguration: {
      base: joinFields,
      fields: {
        ...registration,
        dryRun: "boolean",
        caCertPath: "path",
        "discovery.bootstrapToken.token": "text",
        "discovery.bootstrapToken.apiServerEndpoint": "endpoint",
        "discovery.bootstrapToken.caCertHashes": "hashes",
        "discovery.bootstrapToken.unsafeSkipCAVerification": "boolean",
        "discovery.file.kubeConfigPath": "path",
        "discovery.tlsBootstrapToken": "text",
        "controlPlane.localAPIEndpoint.advertiseAddress": "address",
        "controlPlane.localAPIEndpoint.bindPort": "integer",
        "controlPlane.certificateKey": "key",
        controlPlane: "text",
        skipPhases: "texts",
        "patches.directory": "path",
        ...timeouts,
      },
    },
    ResetConfiguration: {
      base: {},
      fields: {
        cleanupTmpDir: "boolean",
        certificatesDir: "path",
        criSocket: "socket",
        dryRun: "boolean",
        force: "boolean",
        ignorePreflightErrors: "checks",
        skipPhases: "texts",
        unmountFlags: "flags",
      },
    },
    UpgradeConfiguration: {
      base: {},
      fields: {
        "apply.kubernetesVersion": "version",
        "apply.dryRun": "boolean",
        "apply.imagePullPolicy": "pullPolicy",
        "apply.ignorePreflightErrors": "checks",
        "diff.contextLines": "integer",
        "node.etcdUpgrade": "boolean",
        "node.skipPhases": "texts",
        "plan.allowRCUpgrades": "boolean",
        "plan.ignorePreflightErrors": "checks",
        "timeouts.upgradeManifests": "duration",
      },
    },
  };

/** Cases of each field, with so many of the values of its kind. */
export function fieldCases(random: Random, valuesPerField: number): readonly DifferCase[] {
  return Object.entries(kinds).flatMap(([kind, { base, fields }]) =>
    Object.entries(fields).flatMap(([field, valueKind]) =>
      random.some(fieldValues[valueKind], valuesPerField).map((value): DifferCase => {
        const command = random.pick(["validate", "validate", "migrate"]);
        const text = configuration(kind, base, { [field]: value });
        return {
          name: `field/${command}/${kind} ${field}: ${value}`,
          args:
            command === "validate"
              ? ["config", "validate", "--config", "c.yaml"]
              : ["config", "migrate", "--old-config", "c.yaml"],
          files: { "c.yaml": text },
        };
      }),
    ),
  );
}

const makers = [
  "control-plane all",
  "etcd local",
  "certs apiserver-and-ca",
  "kubeconfig admin-and-ca",
  "kubelet-start",
] as const;

/**
 * What a field makes of the files of a control plane: several fields at the same time, each with a value that may fit.
 */
export function fieldEffectCases(random: Random, count: number): readonly DifferCase[] {
  const cluster = Object.entries(kinds["ClusterConfiguration"]?.fields ?? {}).filter(
    ([field]) => field.includes(".") || !["networking", "apiServer", "etcd"].includes(field),
  );
  const init = Object.entries(kinds["InitConfiguration"]?.fields ?? {}).filter(
    ([field]) => field !== "patches" && field !== "bootstrapTokens",
  );
  return Array.from({ length: count }, (_, index): DifferCase => {
    const pickValues = (fields: readonly (readonly [string, Kind])[], many: number): FieldValues =>
      Object.fromEntries(random.some(fields, many).map(([field, kind]) => [field, random.pick(fieldValues[kind])]));
    const clusterValues = pickValues(cluster, 1 + Math.floor(random.next() * 2));
    const initValues = pickValues(init, random.next() < 0.4 ? 1 : 0);
    const maker = random.pick(makers);
    const [phase = "", what = ""] = maker.split(" ");
    return {
      name: `effect/${index} ${maker}/${Object.entries({ ...clusterValues, ...initValues })
        .map(([field, value]) => `${field}: ${value}`)
        .join(", ")}`,
      args: ["init", "phase", phase, ...(what === "" ? [] : [what.replace(/-and-ca$/, "")]), "--config", "c.yaml"],
      tree: what.endsWith("-and-ca") ? "authorities" : "nothing",
      files: {
        "c.yaml": documents(
          document("InitConfiguration", { ...initFields, ...initValues }),
          document("ClusterConfiguration", { ...clusterFields, ...clusterValues }),
        ),
      },
    };
  });
}

function configuration(kind: string, base: FieldValues, changes: FieldValues): string {
  const [field = ""] = Object.keys(changes);
  // A field that is set as a whole replaces what is below it, and the other way round.
  const kept = Object.entries(base).filter(([path]) => !path.startsWith(`${field}.`) && !field.startsWith(`${path}.`));
  return document(kind, { ...Object.fromEntries(kept), ...changes });
}
