// The import rule of the project: arrows point one way, as docs/adr/0002 tells.
//   bin -> cli -> phases -> kubeadm -> { kubernetes, host, cluster, cri, etcd, pki } -> { grpc } -> { sockets } -> { go } -> { events, errors, async, addresses, values }
// `workflow` knows nothing of Kubernetes; `controlplane` is a program of its own that only `testing` may import.
const ground = ["errors", "events", "async", "addresses", "values"];
const base = [...ground, "go"];
/** Folder below src -> the folders below src it may import (itself always). */
const mayImport = {
  values: [],
  errors: [],
  addresses: [],
  async: ["errors"],
  events: ["errors", "values"],
  go: ground,
  workflow: [...base],
  kubernetes: [...base],
  pki: [...base],
  sockets: [...base, "pki"],
  host: [...base, "sockets"],
  grpc: [...base, "sockets"],
  cri: [...base, "grpc", "sockets"],
  etcd: [...base, "grpc", "sockets"],
  cluster: [...base, "pki", "host"],
  kubeadm: [...base, "kubernetes", "pki", "host", "cluster", "cri", "etcd"],
  phases: [...base, "workflow", "kubernetes", "pki", "host", "cluster", "cri", "etcd", "kubeadm"],
  cli: [...base, "workflow", "kubernetes", "host", "cluster", "cri", "etcd", "kubeadm", "phases"],
  controlplane: [...base, "kubernetes", "pki", "cluster"],
  testing: [...base, "sockets", "grpc", "pki", "host", "cluster", "cri", "etcd", "kubeadm", "controlplane"],
};

const layers = Object.entries(mayImport).map(([folder, allowed]) => ({
  name: `src/${folder} imports only what lies below it`,
  severity: "error",
  from: { path: `^src/${folder}/`, pathNot: "\\.test\\.ts$" },
  to: { path: "^src/", pathNot: `^src/(${[folder, ...allowed].join("|")})/` },
}));

module.exports = {
  forbidden: [
    ...layers,
    { name: "no import cycles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "only adapters touch the outside world",
      severity: "error",
      from: {
        path: "^src/",
        pathNot: "^src/(host/local|cluster/https|sockets|grpc/connection|controlplane|testing)|\\.test\\.ts$",
      },
      to: { path: "^(node:)?(fs|fs/promises|child_process|net|tls|http|https|http2|dns|dns/promises|os)$" },
    },
    { name: "nothing unresolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "types", "default"] },
    doNotFollow: { path: "node_modules" },
  },
};
