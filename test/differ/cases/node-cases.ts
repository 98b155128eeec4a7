// Dry runs of init and join, and resets.
import type { DifferCase, GivenEntry, WorldSettings } from "../case.ts";
import { words } from "./command-line-cases.ts";
import { document, initDocuments, joinFields } from "./configuration-text.ts";
import { initConfigurations, joinConfigurations } from "./known-configurations.ts";

const checks = "--ignore-preflight-errors SystemVerification";
const runtime = { images: [], podSandboxes: [] };

const initLines: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  plain: {},
  "with subnets": { "networking.podSubnet": "10.244.0.0/16" },
  "with an endpoint": { controlPlaneEndpoint: "lb.example.org:6443" },
  "with both families": {
    "networking.podSubnet": '"10.244.0.0/16,fd00::/48"',
    "networking.serviceSubnet": '"10.96.0.0/16,fd01::/112"',
  },
  "with another directory": { certificatesDir: "/x//pki" },
  "with a directory and dots": { certificatesDir: "/x/../pki" },
  "with external etcd": {
    "etcd.external.endpoints": "[https://192.0.2.30:2379]",
    "etcd.external.caFile": "/x/ca",
    "etcd.external.certFile": "/x/crt",
    "etcd.external.keyFile": "/x/key",
  },
  "without addons": { "dns.disabled": "true", "proxy.disabled": "true" },
  "of an older version": { kubernetesVersion: "v1.36.2" },
};

function initDryRuns(): readonly DifferCase[] {
  const configured = Object.entries(initLines).flatMap(([name, fields]) =>
    ["nothing", "pki", "external-ca"].map(
      (tree): DifferCase => ({
        name: `init dry run/${name}/on ${tree}`,
        args: words(`init --dry-run --config c.yaml --skip-phases preflight`),
        tree,
        files: { "c.yaml": initDocuments(fields) },
        world: { containerRuntime: runtime },
      }),
    ),
  );
  const known = Object.entries(initConfigurations).map(
    ([name, text]): DifferCase => ({
      name: `init dry run/known/${name}`,
      args: words(`init --dry-run --config c.yaml --ignore-preflight-errors all`),
      files: { "c.yaml": text },
      world: { containerRuntime: runtime },
    }),
  );
  const flagged = [
    "--upload-certs",
    "--upload-certs --certificate-key 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "--skip-token-print",
    "--skip-certificate-key-print --upload-certs",
    "--token abcdef.0123456789abcdef --token-ttl 0",
    "--skip-phases addon",
    "--skip-phases certs,kubeconfig",
    "--skip-phases addon/kube-proxy,mark-control-plane",
    "--node-name Other --cri-socket unix:///run/containerd/containerd.sock",
    "--service-dns-domain x.y --image-repository example.org/x",
  ].map(
    (flags): DifferCase => ({
      name: `init dry run/flags/${flags}`,
      args: words(
        `init --dry-run --kubernetes-version v1.37.2 --apiserver-advertise-address 192.0.2.10 ${checks} ${flags}`,
      ),
      world: { containerRuntime: runtime },
    }),
  );
  const directory: DifferCase = {
    name: "init dry run/in a directory of the environment",
    args: words("init phase certs ca --dry-run --config c.yaml"),
    env: { KUBEADM_INIT_DRYRUN_DIR: "/work/dry" },
    files: { "c.yaml": initDocuments(), "/work/dry": { directory: true } },
  };
  const proxied = [
    { HTTP_PROXY: "http://p:1", NO_PROXY: "10.0.0.0/8" },
    { https_proxy: "http://p:1" },
    { NO_PROXY: "x" },
    { ALL_PROXY: "socks5://p:1" },
  ].flatMap((env) =>
    [
      "init phase control-plane all --config c.yaml",
      "init phase addon kube-proxy --print-manifest --config c.yaml",
      "init phase preflight --ignore-preflight-errors all --config c.yaml",
    ].map(
      (line): DifferCase => ({
        name: `environment/${JSON.stringify(env)}/${line}`,
        args: words(line),
        env,
        files: { "c.yaml": initDocuments({ "networking.podSubnet": "10.244.0.0/16" }) },
      }),
    ),
  );
  return [...configured, ...known, ...flagged, directory, ...proxied];
}

const worlds: Readonly<Record<string, WorldSettings>> = {
  "a cluster": { apiServer: {}, containerRuntime: runtime },
  "a cluster with certificates": { apiServer: { uploadedCertificates: true }, containerRuntime: runtime },
  "a cluster of 1.36": { apiServer: { version: "v1.36.1" }, containerRuntime: runtime },
  "a cluster of 1.36, and a newer kubelet": { apiServer: { version: "v1.36.1" }, containerRuntime: runtime },
  "a cluster of a newer patch release": { apiServer: { version: "v1.37.9" }, containerRuntime: runtime },
};

/** Kubelets that are not of the release of both programs. */
const kubelets: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "a cluster of 1.36": { "/run/stage/kubelet-version": "Kubernetes v1.36.1\n" },
};

const joins: readonly string[] = [
  "<endpoint> --token <token> --discovery-token-ca-cert-hash <pin>",
  "<endpoint> --token <token> --discovery-token-unsafe-skip-ca-verification",
  "<endpoint> --token <token> --discovery-token-ca-cert-hash <pin> --control-plane",
  "<endpoint> --token <token> --discovery-token-ca-cert-hash <pin> --control-plane --certificate-key <certificate-key>",
  "<endpoint> --token <token> --discovery-token-ca-cert-hash <pin> --control-plane --certificate-key <certificate-key> --apiserver-advertise-address 192.0.2.10 --apiserver-bind-port 7443",
  "<endpoint> --token <token> --discovery-token-ca-cert-hash <pin> --control-plane --certificate-key 0000000000000000000000000000000000000000000000000000000000000000",
  "<endpoint> --token <token> --discovery-token-ca-cert-hash <pin> --node-name Other --cri-socket unix:///run/containerd/containerd.sock",
  "<endpoint> --token <token> --discovery-token-ca-cert-hash <pin> --patches /work/patches",
  "<endpoint> --token <token> --discovery-token-ca-cert-hash <pin> --skip-phases preflight",
  "--discovery-file d.conf --tls-bootstrap-token <token>",
  "--discovery-file d.conf",
  "--config j.yaml",
  "--config j.yaml --node-name Third",
];

function joinDryRuns(): readonly DifferCase[] {
  const files: Readonly<Record<string, GivenEntry>> = {
    "d.conf": "<discovery.conf>",
    "j.yaml": document("JoinConfiguration", { ...joinFields, "timeouts.discovery": "5s" }),
    "/work/patches/kubeletconfiguration.yaml": "maxPods: 7\n",
  };
  const lines = joins.flatMap((line) =>
    Object.entries(worlds)
      .filter(([name]) => name === "a cluster" || line === joins[0] || line.includes("certificate-key"))
      .map(
        ([name, world]): DifferCase => ({
          name: `join dry run/${line}/${name}`,
          args: words(`join --dry-run ${checks} ${line}`),
          files: { ...files, ...kubelets[name] },
          world,
        }),
      ),
  );
  const known = Object.entries(joinConfigurations).map(
    ([name, text]): DifferCase => ({
      name: `join dry run/known/${name}`,
      args: words(`join --dry-run --config j.yaml --ignore-preflight-errors all`),
      files: {
        "j.yaml": text
          .replaceAll(/(kind-control-plane|192\.0\.2\.20):6443/g, "<endpoint>")
          .replace(/sha256:0+/, "<pin>"),
      },
      world: { apiServer: {}, containerRuntime: runtime },
    }),
  );
  const unreachable = ["", " --skip-phases preflight", " --control-plane"].map(
    (flags): DifferCase => ({
      name: `join dry run/without a cluster${flags}`,
      args: words(`join --dry-run ${checks} --config j.yaml${flags.replace(" --control-plane", "")}`),
      files: {
        "j.yaml": document("JoinConfiguration", {
          ...joinFields,
          "discovery.bootstrapToken.apiServerEndpoint": "192.0.2.20:1",
          "timeouts.discovery": "3s",
          "timeouts.kubernetesAPICall": "3s",
          ...(flags.includes("control-plane")
            ? { "controlPlane.localAPIEndpoint.advertiseAddress": "192.0.2.10" }
            : {}),
        }),
      },
      world: { containerRuntime: runtime },
    }),
  );
  return [...lines, ...known, ...unreachable];
}

const resetLines: readonly string[] = [
  "reset -f",
  "reset -f --dry-run",
  "reset",
  "reset -f --cert-dir /x",
  "reset -f --cert-dir ''",
  "reset -f --cleanup-tmp-dir",
  "reset -f --skip-phases cleanup-node",
  "reset -f --skip-phases remove-etcd-member,preflight",
  "reset -f --cri-socket unix:///none.sock",
  "reset -f --kubeconfig /none",
  "reset --config r.yaml",
  "reset phase preflight -f",
  "reset phase remove-etcd-member",
  "reset phase cleanup-node",
  "reset phase cleanup-node --dry-run",
];

function resets(): readonly DifferCase[] {
  const more: Readonly<Record<string, Readonly<Record<string, GivenEntry>>>> = {
    "as it is": {},
    "with data": {
      "/var/lib/etcd/member/x": "x",
      "/var/lib/kubelet/pods/a/x": "x",
      "/etc/cni/net.d/x.conf": "x",
      "/root/.kube/config": "x",
      "/etc/kubernetes/tmp/kubeadm-backup-x/y": "x",
      "/etc/kubernetes/other": "x",
      "/var/lib/dockershim/x": "x",
      "/var/run/kubernetes/x": "x",
    },
    "without etcd.yaml": { "/var/lib/etcd/member/x": "x", "/etc/kubernetes/manifests/etcd.yaml": { link: "/none" } },
    "with links": { "/etc/kubernetes/manifests": { link: "/root/manifests" }, "/root/manifests/x": "x" },
  };
  return ["nothing", "control-plane", "worker"].flatMap((tree) =>
    Object.entries(more).flatMap(([name, files]) =>
      resetLines
        .filter((line, index) => name === "as it is" || index < 3 || line.includes("phase"))
        .map(
          (line): DifferCase => ({
            name: `reset/${line}/${tree} ${name}`,
            args: words(line),
            tree,
            files: {
              ...files,
              "r.yaml": document("ResetConfiguration", { force: "true", certificatesDir: "/etc/kubernetes/pki" }),
            },
            stdin: "y\n",
            world: { containerRuntime: { podSandboxes: ["a", "b"] } },
            timeoutMs: 30_000,
          }),
        ),
    ),
  );
}

export function nodeCases(): readonly DifferCase[] {
  return [...initDryRuns(), ...joinDryRuns(), ...resets()];
}
