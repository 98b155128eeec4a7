// Tokens, and phases of init that write objects, against an API server.
import type { ApiServerSettings, DifferCase } from "../case.ts";
import { words } from "./command-line-cases.ts";
import { initDocuments } from "./configuration-text.ts";

const tokens = [
  { token: "aaaaaa.0123456789abcdef", ttlSeconds: 0, description: "for ever" },
  { token: "bbbbbb.0123456789abcdef", ttlSeconds: 3600, usages: ["signing"] },
  { token: "cccccc.0123456789abcdef", ttlSeconds: -5, groups: [] },
  { token: "dddddd.0123456789abcdef", usages: [], groups: ["system:bootstrappers:a", "system:bootstrappers:b"] },
];
const foreign = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "bootstrap-token-eeeeee", namespace: "kube-system" },
  type: "bootstrap.kubernetes.io/token",
  data: { "token-id": Buffer.from("eeeeee").toString("base64") },
};

const servers: Readonly<Record<string, ApiServerSettings>> = {
  "one token": {},
  "many tokens": { tokens },
  "a broken token": { tokens, objects: [foreign] },
  "refusing to read": { faults: [{ match: { resource: "secrets" }, code: 403 }] },
};

const lines: readonly string[] = [
  "token list",
  "token list -o json",
  "token list -o yaml",
  "token list -o kyaml",
  "token list -o jsonpath={.token}",
  "token list -o jsonpath={.token}{.ttl}{'\\n'}",
  "token list -o jsonpath={.items}",
  "token list -o jsonpath={range\\ .usages[*]}{@},{end}",
  "token list -o jsonpath={.none}",
  "token list -o go-template={{.token}}",
  "token list -o go-template={{.none.x}}",
  "token list -o go-template={{range",
  "token list -o bogus",
  "token list --show-managed-fields -o json",
  "token delete abcdef",
  "token delete abcdef.0123456789abcdef",
  "token delete zzzzzz",
  "token delete nope",
  "token delete abcdef aaaaaa",
  "token delete zzzzzz abcdef",
  "token delete bootstrap-token-abcdef",
  "token create",
  "token create fedcba.0123456789abcdef",
  "token create abcdef.0123456789abcdef",
  "token create nope",
  "token create --ttl 0 --description 'a b'",
  "token create --ttl -1s fedcba.0123456789abcdef",
  "token create --ttl 1ns fedcba.0123456789abcdef",
  "token create --usages signing --groups system:bootstrappers:x fedcba.0123456789abcdef",
  "token create --usages bogus",
  "token create --usages ''",
  "token create --usages signing,signing fedcba.0123456789abcdef",
  "token create --groups bogus",
  "token create --groups ''",
  "token create --certificate-key x",
  "token create --print-join-command",
  "token create --print-join-command --certificate-key 0123",
  "token create --print-join-command --certificate-key <certificate-key> fedcba.0123456789abcdef",
  "token create --print-join-command fedcba.0123456789abcdef --dry-run",
  "token create --dry-run fedcba.0123456789abcdef",
  "token list --dry-run",
  "token delete abcdef --dry-run",
  "token create --config c.yaml",
  "token create --config t.yaml",
];

const phases: readonly string[] = [
  "init phase upload-config all --config c.yaml",
  "init phase upload-config kubeadm --config c.yaml",
  "init phase upload-config kubelet --config c.yaml",
  "init phase upload-config all --config c.yaml --dry-run",
  "init phase upload-certs --upload-certs --config c.yaml",
  "init phase upload-certs --upload-certs --certificate-key <certificate-key> --config c.yaml",
  "init phase upload-certs --upload-certs --config c.yaml --dry-run",
  "init phase bootstrap-token --config c.yaml",
  "init phase bootstrap-token --config t.yaml",
  "init phase bootstrap-token --config c.yaml --dry-run",
  "init phase addon all --config c.yaml",
  "init phase addon coredns --config c.yaml",
  "init phase addon kube-proxy --config c.yaml",
  "init phase addon all --config c.yaml --dry-run",
  "init phase addon all --print-manifest --config c.yaml",
  "init phase mark-control-plane --config c.yaml",
  "init phase mark-control-plane --config c.yaml --dry-run",
  "init phase show-join-command --config c.yaml",
  "init phase kubelet-finalize all --config c.yaml",
];
const node = {
  apiVersion: "v1",
  kind: "Node",
  metadata: { name: "node-1", labels: { "kubernetes.io/hostname": "node-1" } },
  spec: {},
  status: {},
};
const phaseServers: Readonly<Record<string, ApiServerSettings>> = {
  "a fresh cluster": {
    missing: [
      "configmaps kube-system/kubeadm-config",
      "configmaps kube-system/kubelet-config",
      "configmaps kube-public/cluster-info",
      "configmaps kube-system/coredns",
      "configmaps kube-system/kube-proxy",
    ],
    objects: [node],
  },
  "a finished cluster": { objects: [node] },
  "a labeled node": {
    objects: [
      {
        ...node,
        metadata: {
          ...node.metadata,
          labels: { ...node.metadata.labels, "node-role.kubernetes.io/control-plane": "" },
        },
        spec: { taints: [{ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" }] },
      },
    ],
  },
};

/** The API server that the phases find on the machine itself. */
const local = {
  "localAPIEndpoint.advertiseAddress": "192.0.2.20",
  "localAPIEndpoint.bindPort": "16443",
  "timeouts.kubernetesAPICall": "3s",
};

export function tokenCases(): readonly DifferCase[] {
  const files = {
    "/etc/kubernetes/admin.conf": { content: "<admin.conf>", mode: 0o600 },
    "/etc/kubernetes/super-admin.conf": { content: "<admin.conf>", mode: 0o600 },
    "c.yaml": initDocuments(
      { controlPlaneEndpoint: "192.0.2.20:16443", "networking.podSubnet": "10.244.0.0/16" },
      local,
    ),
    "t.yaml": initDocuments(
      { controlPlaneEndpoint: "192.0.2.20:16443" },
      {
        ...local,
        bootstrapTokens:
          "[{token: fedcba.0123456789abcdef, ttl: 0s, description: d, usages: [signing], groups: ['system:bootstrappers:x']}]",
      },
    ),
  };
  const onTokens = Object.entries(servers).flatMap(([name, apiServer]) =>
    lines
      .filter((line) => name === "one token" || /list|delete abcdef aaaaaa|create$/.test(line.replace(/ -o .*/, "")))
      .map((line): DifferCase => ({ name: `token/${line}/${name}`, args: words(line), files, world: { apiServer } })),
  );
  const onPhases = Object.entries(phaseServers).flatMap(([name, apiServer]) =>
    phases.map(
      (line): DifferCase => ({
        name: `cluster phase/${line}/${name}`,
        args: words(line),
        tree: "control-plane",
        files,
        world: { apiServer },
      }),
    ),
  );
  const kubeconfigs = ["KUBECONFIG=/work/k", "KUBECONFIG=/none", "HOME=/work", "HTTPS_PROXY=http://127.0.0.1:9"].map(
    (setting): DifferCase => {
      const [name = "", value = ""] = setting.split("=");
      return {
        name: `token/token list with ${setting}`,
        args: ["token", "list"],
        env: { [name]: value },
        files: { ...files, "/work/k": "<admin.conf>", "/work/.kube/config": "<admin.conf>" },
        world: { apiServer: {} },
      };
    },
  );
  return [...onTokens, ...onPhases, ...kubeconfigs];
}
