// Local files that are broken, missing, or something else than a file, for commands that read them.
import type { DifferCase, GivenEntry } from "../case.ts";
import { words } from "./command-line-cases.ts";
import { controlPlaneFiles, oldCluster, upgradeLines } from "./upgrade-world.ts";

type Entries = Readonly<Record<string, GivenEntry>>;

const base64 = (text: string) => Buffer.from(text).toString("base64");
const junk = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

/** What may stand at any path. */
const anything: Entries = {
  "an empty file": "",
  "a blank": "\n",
  "no YAML": "a: b: c\n",
  "a list": "[]\n",
  "a word": "text\n",
  "bytes of no text": { content: "\u0000\u0001\u0002" },
  "a directory": { directory: true },
  "a link to nothing": { link: "/none" },
  "another object": "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\n",
};

interface Kubeconfig {
  readonly cluster?: string;
  readonly user?: string;
  readonly current?: string;
}

const kubeconfig = ({
  cluster = "server: https://<endpoint>, certificate-authority: /world/ca.crt",
  user = "",
  current = "c",
}: Kubeconfig) =>
  `apiVersion: v1
kind: Config
clusters: [{name: k, cluster: {${cluster}}}]
contexts: [{name: c, context: {cluster: k, user: u}}]
users: [{name: u, user: {${user}}}]
current-context: ${current}
`;

/** What may be wrong with a kubeconfig besides. */
const kubeconfigs: Entries = {
  "no current context": kubeconfig({ current: '""' }),
  "an unknown context": kubeconfig({ current: "other" }),
  "a cluster without a server": kubeconfig({ cluster: "" }),
  "a server that does not listen": kubeconfig({
    cluster: "server: https://127.0.0.1:1, certificate-authority: /world/ca.crt",
  }),
  "a CA file that is missing": kubeconfig({ cluster: "server: https://<endpoint>, certificate-authority: /none" }),
  "a CA that is not one": kubeconfig({
    cluster: `server: https://<endpoint>, certificate-authority-data: ${base64("x")}`,
  }),
  "a certificate that is no base64": kubeconfig({ user: "client-certificate-data: '%%', client-key-data: eA==" }),
  "a certificate that is no PEM": kubeconfig({
    user: `client-certificate-data: ${base64("x")}, client-key-data: ${base64("x")}`,
  }),
  "a certificate of junk": kubeconfig({
    user: `client-certificate-data: ${base64(junk)}, client-key-data: ${base64(junk)}`,
  }),
  "a certificate without its key": kubeconfig({ user: `client-certificate-data: ${base64(junk)}` }),
  "a certificate file that is missing": kubeconfig({ user: "client-certificate: /none, client-key: /none" }),
  "a certificate file that is a directory": kubeconfig({ user: "client-certificate: /world, client-key: /world" }),
  "a certificate file of junk": kubeconfig({
    user: "client-certificate: /world/junk.pem, client-key: /world/junk.pem",
  }),
  "a token that nobody knows": kubeconfig({ user: "token: x" }),
  "a plugin that is missing": kubeconfig({
    user: "exec: {apiVersion: client.authentication.k8s.io/v1, command: /none, interactiveMode: Never}",
  }),
  nobody: kubeconfig({}),
};

const instances: Entries = {
  "a socket without a scheme": "containerRuntimeEndpoint: /run/containerd/containerd.sock\n",
  "a socket that is a number": "containerRuntimeEndpoint: 5\n",
  "no socket": "maxPods: 5\n",
  "an empty object": "{}\n",
  "an empty socket": 'containerRuntimeEndpoint: ""\n',
  "an unknown field": "containerRuntimeEndpoint: unix:///run/containerd/containerd.sock\nx: 1\n",
};

/** Of all phases only the one that has no command of its own. */
const kubeconfigPhases: readonly string[] = [
  "upgrade node --skip-phases preflight,control-plane,kubelet-config,addon,post-upgrade",
  "upgrade apply v1.37.2 -y --skip-phases preflight,control-plane,upload-config,kubelet-config,bootstrap-token,addon,post-upgrade",
];

/** A diff shows the bytes, and only upstream follows the link. */
const { "bytes of no text": _bytes, "a link to nothing": _link, ...ofManifest } = anything;

/** They read the file as a patch of the kubelet's configuration. */
const instancePhases: readonly string[] = [
  "upgrade node phase kubelet-config --config u.yaml",
  "upgrade apply phase kubelet-config v1.37.2 --config u.yaml",
];

const targets: Readonly<Record<string, { readonly contents: Entries; readonly lines: readonly string[] }>> = {
  "/etc/kubernetes/kubelet.conf": {
    contents: { ...anything, ...kubeconfigs },
    lines: [...upgradeLines, ...kubeconfigPhases],
  },
  "/etc/kubernetes/admin.conf": {
    contents: { ...anything, ...kubeconfigs },
    lines: ["upgrade diff --config u.yaml", "upgrade plan --config u.yaml", "token list"],
  },
  "/var/lib/kubelet/instance-config.yaml": {
    contents: { ...anything, ...instances },
    lines: [...upgradeLines, ...instancePhases],
  },
  "/etc/kubernetes/manifests/kube-scheduler.yaml": { contents: ofManifest, lines: ["upgrade diff --config u.yaml"] },
  "/etc/kubernetes/manifests/kube-apiserver.yaml": {
    contents: ofManifest,
    lines: ["upgrade diff --config u.yaml", "upgrade node phase post-upgrade --config u.yaml"],
  },
  "u.yaml": { contents: anything, lines: upgradeLines },
};

const world = oldCluster();
const beside: Entries = { ...controlPlaneFiles, "/world/ca.crt": "<ca.crt>", "/world/junk.pem": junk };

export function hostileFileCases(): readonly DifferCase[] {
  return Object.entries(targets).flatMap(([path, { contents, lines }]) =>
    Object.entries(contents).flatMap(([name, entry]) =>
      lines.map(
        (line): DifferCase => ({
          name: `hostile file/${path} is ${name}/${line}`,
          args: words(line),
          tree: "control-plane",
          files: { ...beside, [path]: entry },
          world,
          timeoutMs: 30_000,
        }),
      ),
    ),
  );
}
