// What init makes in the cluster, against what upstream's 1.37.2 made in a real one.
import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { resources } from "../../src/embedded/control-plane/index.ts";
import { addon } from "../../src/phases/init/addon.ts";
import { bootstrapToken } from "../../src/phases/init/bootstrap-token.ts";
import { markControlPlane } from "../../src/phases/init/mark-control-plane.ts";
import { uploadCerts } from "../../src/phases/init/upload-certs.ts";
import { uploadConfig } from "../../src/phases/init/upload-config.ts";
import { type Initializing, startInit } from "../support/init/cluster-phases.ts";

/**
 * Not compared as a whole: the kubelet writes parts of the Node, and init signs cluster-info itself, so the object is the one
 * that upstream's controller manager leaves.
 */
const shared = ["configmap.kube-public.cluster-info.before-signing", "node.control-plane"];

type Fields = { readonly [field: string]: unknown };

const directory = new URL("init/objects/", import.meta.url);

/** What the API server and its controllers add: not of init's making. */
const defaulted: Readonly<Record<string, readonly string[]>> = {
  "daemonset.kube-system.kube-proxy": [
    "metadata.annotations",
    "spec.revisionHistoryLimit",
    "spec.updateStrategy.rollingUpdate",
    "spec.template.spec.containers.0.env.0.valueFrom.fieldRef.apiVersion",
    "spec.template.spec.containers.0.resources",
    "spec.template.spec.containers.0.terminationMessagePath",
    "spec.template.spec.containers.0.terminationMessagePolicy",
    "spec.template.spec.dnsPolicy",
    "spec.template.spec.restartPolicy",
    "spec.template.spec.schedulerName",
    "spec.template.spec.securityContext",
    "spec.template.spec.serviceAccount",
    "spec.template.spec.terminationGracePeriodSeconds",
    "spec.template.spec.volumes.0.configMap.defaultMode",
    "spec.template.spec.volumes.2.hostPath.type",
  ],
  "deployment.kube-system.coredns": [
    "metadata.annotations",
    "spec.progressDeadlineSeconds",
    "spec.revisionHistoryLimit",
    "spec.strategy.rollingUpdate.maxSurge",
    "spec.template.spec.containers.0.livenessProbe.periodSeconds",
    "spec.template.spec.containers.0.readinessProbe.failureThreshold",
    "spec.template.spec.containers.0.readinessProbe.periodSeconds",
    "spec.template.spec.containers.0.readinessProbe.successThreshold",
    "spec.template.spec.containers.0.readinessProbe.timeoutSeconds",
    "spec.template.spec.containers.0.terminationMessagePath",
    "spec.template.spec.containers.0.terminationMessagePolicy",
    "spec.template.spec.restartPolicy",
    "spec.template.spec.schedulerName",
    "spec.template.spec.securityContext",
    "spec.template.spec.serviceAccount",
    "spec.template.spec.terminationGracePeriodSeconds",
    "spec.template.spec.volumes.0.configMap.defaultMode",
  ],
  "service.kube-system.kube-dns": [
    "spec.clusterIPs",
    "spec.internalTrafficPolicy",
    "spec.ipFamilies",
    "spec.ipFamilyPolicy",
    "spec.sessionAffinity",
    "spec.type",
  ],
};

let init: Initializing;

beforeAll(async () => {
  init = await startInit({
    files: Object.fromEntries(sharedFiles.map(([name, size]) => [`/etc/kubernetes/pki/${name}`, "x".repeat(size)])),
    cluster: { controlPlaneEndpoint: "192.0.2.10:6443", networking: { podSubnet: "10.244.0.0/16" } },
    kubelet: { cgroupDriver: "cgroupfs", failCgroupV1: false, failSwapOn: false },
  });
  init.controlPlane.storage.create(resources.nodes, {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "cp1", labels: { "kubernetes.io/hostname": "cp1" } },
    spec: { taints: [] },
  });
  await init.run(uploadConfig, uploadCerts, markControlPlane, bootstrapToken, addon);
});
afterAll(() => init.controlPlane.close());

/** With the sizes of the recorded ones. */
const sharedFiles: readonly (readonly [string, number])[] = [
  ["ca.crt", 1107],
  ["ca.key", 1675],
  ["front-proxy-ca.crt", 1123],
  ["front-proxy-ca.key", 1675],
  ["sa.pub", 451],
  ["sa.key", 1679],
  ["etcd/ca.crt", 1094],
  ["etcd/ca.key", 1675],
];

/** Every object of the cluster, by the name of its file. */
function stored(): ReadonlyMap<string, Fields> {
  return new Map(
    Object.values(resources).flatMap((resource) =>
      init.controlPlane.storage.list(resource).map((object) => [fileName(object), shown(object)] as const),
    ),
  );
}

function fileName({ kind, metadata, data }: Fields): string {
  const { name, namespace } = metadata as { readonly name: string; readonly namespace?: string };
  const place = namespace === undefined ? "" : `${namespace}.`;
  const own = `${String(kind).toLowerCase()}.${place}${name.replaceAll(":", "_")}`;
  if (kind === "Node") return "node.control-plane";
  if (name === "cluster-info") return `${own}.after-signing`;
  if (!name.startsWith("bootstrap-token-")) return own;
  const isUsable = "usage-bootstrap-signing" in (data as Fields);
  return `secret.kube-system.bootstrap-token.${isUsable ? "default" : "upload-certs.no-signing"}`;
}

/** With placeholders for what differs from run to run, as the recorded objects have them. */
function shown(object: Fields): Fields {
  const { uid, resourceVersion, creationTimestamp, generation, managedFields, ...metadata } = object[
    "metadata"
  ] as Fields;
  const { status, data, ...rest }: Fields = { ...object, metadata };
  const ca = Buffer.from(init.controlPlane.caCertificatePem).toString("base64");
  const text = JSON.stringify({ ...rest, ...(data === undefined ? {} : dataOf(object)) })
    .replaceAll(ca, "<CA-CERT-BASE64>")
    .replace(/sha256:[0-9a-f]{64}/, "sha256:<CA-PUBKEY-SHA256>")
    .replace(/bootstrap-token-[a-z0-9]{6}/g, "bootstrap-token-<TOKEN-ID>")
    .replace(
      /"jws-kubeconfig-[a-z0-9]{6}":"[\w-]+\.\.[\w-]+"/,
      '"jws-kubeconfig-<TOKEN-ID>":"<JWS-HEADER>..<JWS-SIGNATURE>"',
    )
    .replace(/"uid":"[0-9a-f-]{36}"/, '"uid":"<UID>"');
  return JSON.parse(text) as Fields;
}

function dataOf({ kind, data, metadata }: Fields): Fields {
  if (kind !== "Secret") return { data };
  const entries = Object.entries(data as Record<string, string>).map(([key, value]) => {
    const bytes = Buffer.from(value, "base64");
    const isSealed = (metadata as Fields)["name"] === "kubeadm-certs";
    return [key, isSealed ? `<${bytes.length} bytes, sealed>` : (placeholders[key] ?? bytes.toString())];
  });
  return { dataDecoded: Object.fromEntries(entries) };
}

const placeholders: Readonly<Record<string, string>> = {
  expiration: "<EXPIRY RFC3339 UTC>",
  "token-id": "<TOKEN-ID>",
  "token-secret": "<TOKEN-SECRET 16 chars>",
};

function without(object: Fields, paths: readonly string[]): Fields {
  const copy = structuredClone(object) as Record<string, unknown>;
  for (const path of paths) {
    const [last = "", ...parents] = path.split(".").toReversed();
    let at: Record<string, unknown> | undefined = copy;
    for (const part of parents.toReversed()) at = at?.[part] as Record<string, unknown> | undefined;
    if (at !== undefined) delete at[last];
  }
  return copy;
}

describe("what init makes in the cluster is what upstream's makes", () => {
  const golden = (name: string) => parse(readFileSync(new URL(`${name}.yaml`, directory), "utf8")) as Fields;
  const names = readdirSync(directory).map((file) => basename(file, ".yaml"));
  it.each(names.filter((name) => !shared.includes(name)))("%s", (name) => {
    const added = defaulted[name] ?? [];
    expect(without(stored().get(name) ?? {}, added)).toEqual(without(golden(name), added));
  });

  it("the Node's labels and taints", () => {
    const node = stored().get("node.control-plane");
    const { metadata, spec } = golden("node.control-plane") as Record<"metadata" | "spec", Fields>;
    expect(node).toMatchObject({ spec: { taints: spec["taints"] } });
    for (const [name, value] of Object.entries(metadata["labels"] as Fields)) {
      if (name.startsWith("node")) expect(node, name).toHaveProperty(["metadata", "labels", name], value);
    }
  });
});
