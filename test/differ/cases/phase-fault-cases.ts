// An API server that refuses or fails one request of a phase, in single phases that write to the cluster or read it.
import type { DifferCase, WorldSettings } from "../case.ts";
import { words } from "./command-line-cases.ts";
import { document, documents, initDocuments, joinFields } from "./configuration-text.ts";
import { controlPlaneFiles, oldCluster } from "./upgrade-world.ts";

type Match = NonNullable<NonNullable<WorldSettings["apiServer"]>["faults"]>[number]["match"];

/** Not a multiple of the half second between upstream's attempts: an attempt at the deadline itself reports either. */
const short = { "timeouts.kubernetesAPICall": "1300ms", "timeouts.discovery": "1300ms" };

const writingFiles = {
  ...controlPlaneFiles,
  "i.yaml": initDocuments(
    {},
    { ...short, "localAPIEndpoint.advertiseAddress": "192.0.2.20", "localAPIEndpoint.bindPort": "16443" },
  ),
  "j.yaml": documents(
    document("JoinConfiguration", {
      ...joinFields,
      ...short,
      "controlPlane.localAPIEndpoint.advertiseAddress": "192.0.2.10",
      "controlPlane.certificateKey": "0123456789abcdef".repeat(4),
    }),
  ),
};

const configMap = (name: string): Match => ({ path: `/api/v1/namespaces/kube-system/configmaps/${name}` });
const of = (verb: string, resource: string): Match => ({ verb, resource });

/**
 * Phases that write to the cluster, or read what they need there, with each request that they make; without those that
 * upstream's program retries for minutes.
 */
const phaseRequests: Readonly<Record<string, readonly Match[]>> = {
  "init phase upload-config kubeadm --config i.yaml": [
    ...["get", "create", "update"].map((verb) => of(verb, "configmaps")),
    ...["create", "update"].flatMap((verb) => [of(verb, "roles"), of(verb, "rolebindings")]),
  ],
  "init phase upload-config kubelet --config i.yaml": [
    ...["get", "create", "update"].map((verb) => of(verb, "configmaps")),
    ...["create", "update"].flatMap((verb) => [of(verb, "roles"), of(verb, "rolebindings")]),
  ],
  "init phase upload-certs --upload-certs --config i.yaml": [
    { resource: "secrets" },
    ...["get", "create", "update"].map((verb) => of(verb, "secrets")),
    ...["create", "update"].flatMap((verb) => [of(verb, "roles"), of(verb, "rolebindings")]),
  ],
  "init phase mark-control-plane --config i.yaml": [of("get", "nodes"), of("patch", "nodes")],
  "init phase bootstrap-token --config i.yaml": [
    ...["get", "create", "update"].map((verb) => of(verb, "secrets")),
    ...["get", "create", "update"].map((verb) => of(verb, "configmaps")),
    ...["create", "update"].flatMap((verb) =>
      ["roles", "rolebindings", "clusterroles", "clusterrolebindings"].map((resource) => of(verb, resource)),
    ),
  ],
  "init phase addon coredns --config i.yaml": [
    of("list", "deployments"),
    ...["configmaps", "deployments", "serviceaccounts", "services", "clusterroles", "clusterrolebindings"].flatMap(
      (resource) => ["get", "create", "update"].map((verb) => of(verb, resource)),
    ),
  ],
  "init phase addon kube-proxy --config i.yaml": ["configmaps", "daemonsets", "serviceaccounts", "roles"].flatMap(
    (resource) => ["create", "update"].map((verb) => of(verb, resource)),
  ),
  "join phase control-plane-join mark-control-plane --config j.yaml": [
    of("get", "nodes"),
    of("patch", "nodes"),
    of("get", "configmaps"),
  ],
  "join phase control-plane-prepare download-certs --config j.yaml": [
    of("get", "secrets"),
    configMap("kubeadm-config"),
    configMap("kubelet-config"),
    configMap("kube-proxy"),
  ],
  "join phase control-plane-prepare control-plane --config j.yaml": [
    configMap("kubeadm-config"),
    configMap("kubelet-config"),
    configMap("kube-proxy"),
  ],
  "join phase kubelet-start --config j.yaml": [
    of("get", "nodes"),
    configMap("kubeadm-config"),
    configMap("kubelet-config"),
    configMap("kube-proxy"),
  ],
  "certs renew admin.conf": [configMap("kubeadm-config"), of("get", "nodes")],
  "certs check-expiration": [configMap("kubeadm-config"), of("get", "nodes")],
  "token create fedcba.0123456789abcdef": [of("get", "secrets"), of("create", "secrets")],
  "token create --print-join-command": [
    of("get", "secrets"),
    of("create", "secrets"),
    { path: "/api/v1/namespaces/kube-public/configmaps/cluster-info" },
  ],
  "reset -f": [configMap("kubeadm-config"), of("get", "nodes")],
  "upgrade apply phase upload-config all v1.37.2 --config u.yaml": [
    of("update", "configmaps"),
    of("create", "configmaps"),
    of("update", "roles"),
    of("create", "roles"),
  ],
  "upgrade apply phase bootstrap-token v1.37.2 --config u.yaml": [
    of("create", "clusterroles"),
    of("update", "clusterroles"),
    of("create", "clusterrolebindings"),
    of("update", "clusterrolebindings"),
  ],
};

const nameOf = ({ verb = "", resource = "", path = "" }: Match) => `${verb} ${resource}${path}`.trim();

/** Both are retried, so one code for each request is enough. */
const codes = [403, 500];

export function phaseFaultCases(): readonly DifferCase[] {
  return Object.entries(phaseRequests).flatMap(([line, matches]) =>
    matches.map((match, index): DifferCase => {
      const code = codes[index % codes.length] ?? 500;
      const world = oldCluster({ faults: [{ match, code }] });
      return {
        name: `fault of a phase/${line}/${code} for ${nameOf(match)}`,
        args: words(line),
        tree: "control-plane",
        files: writingFiles,
        world: { ...world, apiServer: { ...world.apiServer, uploadedCertificates: true } },
        timeoutMs: 30_000,
      };
    }),
  );
}
