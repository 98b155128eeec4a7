// Configuration files with defects of form, and of well-known tools, as config validate, migrate and others read them.
import type { DifferCase } from "../case.ts";
import { document, documents, initDocuments, joinFields } from "./configuration-text.ts";
import { initConfigurations, joinConfigurations } from "./known-configurations.ts";

const cluster = document("ClusterConfiguration", { kubernetesVersion: "v1.37.2" });
const init = document("InitConfiguration", { "nodeRegistration.name": "node-1" });
const join = document("JoinConfiguration", joinFields);
const json = (value: unknown) => JSON.stringify(value);
const clusterObject = {
  apiVersion: "kubeadm.k8s.io/v1beta4",
  kind: "ClusterConfiguration",
  kubernetesVersion: "v1.37.2",
};
const initObject = {
  apiVersion: "kubeadm.k8s.io/v1beta4",
  kind: "InitConfiguration",
  nodeRegistration: { name: "node-1" },
};

const forms: Readonly<Record<string, string>> = {
  plain: cluster,
  "both documents": initDocuments(),
  "both, the other way round": documents(cluster, init),
  empty: "",
  "blanks only": "  \n\n",
  "a separator only": "---\n",
  "comments only": "# nothing\n",
  "a leading separator": `---\n${cluster}`,
  "a trailing separator": `${cluster}---\n`,
  "empty documents between": `---\n---\n${cluster}---\n\n---\n${init}---\n`,
  "a separator with a comment": `${cluster}--- # next\n${init}`,
  "a separator with blanks": `${cluster}---   \n${init}`,
  "a separator in a block": `${cluster}clusterName: |\n  a\n  ---\n  b\n`,
  "an end marker": `${cluster}...\n`,
  "an end marker and more": `${cluster}...\n---\n${init}`,
  "a directive": `%YAML 1.1\n---\n${cluster}`,
  "line ends of Windows": cluster.replaceAll("\n", "\r\n"),
  "two documents with line ends of Windows": documents(cluster, init).replaceAll("\n", "\r\n"),
  "a byte order mark": `\ufeff${cluster}`,
  "no line end": cluster.trimEnd(),
  "a tab as indentation":
    "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nnetworking:\n\tdnsDomain: x\n",
  "a tab after a colon":
    "apiVersion:\tkubeadm.k8s.io/v1beta4\nkind:\tClusterConfiguration\nkubernetesVersion:\tv1.37.2\n",
  "a tab at the end": "apiVersion: kubeadm.k8s.io/v1beta4\t\nkind: ClusterConfiguration\nkubernetesVersion: v1.37.2\n",
  "a duplicate key": `${cluster}kubernetesVersion: v1.37.1\n`,
  "a duplicate nested key": `${cluster}networking: {podSubnet: 10.0.0.0/16, podSubnet: 10.1.0.0/16}\n`,
  "a duplicate kind": `${cluster}kind: InitConfiguration\n`,
  "an unknown field": `${cluster}foo: bar\n`,
  "an unknown nested field": `${cluster}networking: {foo: bar}\n`,
  "several unknown fields": `${cluster}foo: bar\nnetworking: {baz: 1}\napiServer: {extraArgs: [{name: a, value: b, c: d}]}\n`,
  "fields of other case": `${cluster}ClusterName: x\nNETWORKING: {podsubnet: 10.0.0.0/8}\n`,
  "the field twice in two cases": `${cluster}clusterName: a\nClusterName: b\n`,
  "an anchor": `${cluster}apiServer: &a {extraArgs: [{name: v, value: "3"}]}\nscheduler: *a\n`,
  "an anchor of a list": `${cluster}apiServer: {certSANs: &s [a, b]}\netcd: {local: {serverCertSANs: *s}}\n`,
  "a merge key": `${cluster}apiServer: &a {extraArgs: [{name: v, value: "3"}]}\nscheduler: {<<: *a}\n`,
  "an unknown alias": `${cluster}scheduler: *nothing\n`,
  "a tag": `${cluster}clusterName: !!str 5\n`,
  "one of our own tags": `${cluster}clusterName: !mine x\n`,
  "a number as text by a tag": `${cluster}networking: {dnsDomain: !!str 1.5}\n`,
  "binary by a tag": `${cluster}clusterName: !!binary aGVsbG8=\n`,
  "a key that is a number": `${cluster}1: x\n`,
  "a key that is null": `${cluster}~: x\n`,
  "a key that is a list": `${cluster}[a]: x\n`,
  "a key that is true": `${cluster}true: x\n`,
  "a key in quotes": `${cluster}"clusterName": x\n`,
  "an explicit key": `${cluster}? clusterName\n: x\n`,
  "a folded scalar": `${cluster}clusterName: >-\n  a\n  b\n`,
  "a literal scalar": `${cluster}clusterName: |\n  a\n  b\n`,
  "a multiline plain scalar": `${cluster}clusterName: a\n  b\n`,
  "an escape": `${cluster}clusterName: "a\\u0062\\x63\\tb"\n`,
  "a bad escape": `${cluster}clusterName: "\\q"\n`,
  "an open quote": `${cluster}clusterName: "a\n`,
  "an open list": `${cluster}apiServer: {certSANs: [a, b\n`,
  "an open map": `${cluster}apiServer: {certSANs: [a]\n`,
  "a trailing comma in flow": `${cluster}apiServer: {certSANs: [a, b,],}\n`,
  "two commas in flow": `${cluster}apiServer: {certSANs: [a,, b]}\n`,
  "bad indentation": `${cluster}networking:\n    dnsDomain: x\n  podSubnet: y\n`,
  "a list at the same indentation": `${cluster}apiServer:\n  certSANs:\n  - a\n  - b\n`,
  "a colon in a plain scalar": `${cluster}clusterName: a: b\n`,
  "a hash in a plain scalar": `${cluster}clusterName: a#b #c\n`,
  "an at sign": `${cluster}clusterName: @a\n`,
  "a backtick": `${cluster}clusterName: \`a\n`,
  "a percent sign": `${cluster}clusterName: %a\n`,
  "a NUL byte": `${cluster}clusterName: "a\0b"\n`,
  "a control character": `${cluster}clusterName: "a\x07b"\n`,
  "a delete character": `${cluster}clusterName: a\x7fb\n`,
  "a line separator": `${cluster}clusterName: "a\u2028b"\n`,
  "an emoji": `${cluster}clusterName: "a😀b"\n`,
  "a scalar": "hello\n",
  "a number": "5\n",
  "a list": "- a\n- b\n",
  null: "null\n",
  "not YAML": "{{{\n",
  "no kind": "apiVersion: kubeadm.k8s.io/v1beta4\n",
  "no apiVersion": "kind: ClusterConfiguration\n",
  "an empty kind": "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ''\n",
  "a null kind": "apiVersion: kubeadm.k8s.io/v1beta4\nkind:\n",
  "a numeric kind": "apiVersion: kubeadm.k8s.io/v1beta4\nkind: 5\n",
  "a list as kind": "apiVersion: kubeadm.k8s.io/v1beta4\nkind: [a]\n",
  "an unknown kind": "apiVersion: kubeadm.k8s.io/v1beta4\nkind: Bogus\n",
  "an unknown group": "apiVersion: example.org/v1\nkind: ClusterConfiguration\n",
  "no group": "apiVersion: v1\nkind: ConfigMap\n",
  "a malformed apiVersion": "apiVersion: a/b/c\nkind: ClusterConfiguration\n",
  v1beta3: document("ClusterConfiguration", { kubernetesVersion: "v1.37.2" }, "kubeadm.k8s.io/v1beta3"),
  v1beta2: document("ClusterConfiguration", { kubernetesVersion: "v1.37.2" }, "kubeadm.k8s.io/v1beta2"),
  v1alpha1: document("ClusterConfiguration", {}, "kubeadm.k8s.io/v1alpha1"),
  v1: document("ClusterConfiguration", { kubernetesVersion: "v1.37.2" }, "kubeadm.k8s.io/v1"),
  v9: document("ClusterConfiguration", {}, "kubeadm.k8s.io/v9"),
  "two cluster configurations": documents(cluster, document("ClusterConfiguration", { clusterName: "b" })),
  "two init configurations": documents(init, init, cluster),
  "init and join": documents(init, join),
  "cluster and join": documents(cluster, join),
  "join alone": join,
  "reset alone": document("ResetConfiguration", { force: "true" }),
  "upgrade alone": document("UpgradeConfiguration", { "apply.kubernetesVersion": "v1.37.2" }),
  "reset and init": documents(document("ResetConfiguration", {}), init),
  "a foreign document beside": documents(cluster, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"),
  "a kubelet configuration alone": document("KubeletConfiguration", {}, "kubelet.config.k8s.io/v1beta1"),
  "a kubelet configuration of another version": documents(
    cluster,
    document("KubeletConfiguration", {}, "kubelet.config.k8s.io/v1"),
  ),
  "two kubelet configurations": documents(
    cluster,
    document("KubeletConfiguration", {}, "kubelet.config.k8s.io/v1beta1"),
    document("KubeletConfiguration", { maxPods: "5" }, "kubelet.config.k8s.io/v1beta1"),
  ),
  "a proxy configuration of another version": documents(
    cluster,
    document("KubeProxyConfiguration", {}, "kubeproxy.config.k8s.io/v1"),
  ),
  "a comment": `# mine\n${cluster}# the end\n`,
  JSON: json(clusterObject),
  "JSON with indentation": JSON.stringify(clusterObject, undefined, 2),
  "JSON behind blanks": `  \n${json(clusterObject)}`,
  "JSON behind a comment": `# x\n${json(clusterObject)}`,
  "JSON, twice in a row": json(clusterObject) + json(initObject),
  "JSON, twice in lines": `${json(clusterObject)}\n${json(initObject)}\n`,
  "JSON, twice with a separator": `${json(clusterObject)}\n---\n${json(initObject)}\n`,
  "JSON and YAML": documents(`${json(clusterObject)}\n`, init),
  "YAML and JSON": documents(cluster, json(initObject)),
  "JSON and something behind": `${json(clusterObject)} x`,
  "JSON and a bracket behind": `${json(clusterObject)}]`,
  "JSON and a comment behind": `${json(clusterObject)}\n# x\n`,
  "JSON with a comment": '{"apiVersion":"kubeadm.k8s.io/v1beta4", # x\n"kind":"ClusterConfiguration"}',
  "JSON with a trailing comma": '{"apiVersion":"kubeadm.k8s.io/v1beta4","kind":"ClusterConfiguration",}',
  "JSON with single quotes": "{'apiVersion':'kubeadm.k8s.io/v1beta4','kind':'ClusterConfiguration'}",
  "JSON without quotes": "{apiVersion: kubeadm.k8s.io/v1beta4, kind: ClusterConfiguration, kubernetesVersion: v1.37.2}",
  "JSON with a control character":
    '{"apiVersion":"kubeadm.k8s.io/v1beta4","kind":"ClusterConfiguration","clusterName":"a\tb"}',
  "JSON with a duplicate key":
    '{"apiVersion":"kubeadm.k8s.io/v1beta4","kind":"ClusterConfiguration","clusterName":"a","clusterName":"b"}',
  "JSON with an unknown field": json({ ...clusterObject, foo: 1 }),
  "JSON with a big number":
    '{"apiVersion":"kubeadm.k8s.io/v1beta4","kind":"InitConfiguration","localAPIEndpoint":{"bindPort":99999999999999999999}}',
  "JSON with a fraction":
    '{"apiVersion":"kubeadm.k8s.io/v1beta4","kind":"InitConfiguration","localAPIEndpoint":{"bindPort":1.5}}',
  "JSON with a round fraction":
    '{"apiVersion":"kubeadm.k8s.io/v1beta4","kind":"InitConfiguration","localAPIEndpoint":{"bindPort":6443.0}}',
  "JSON with an exponent":
    '{"apiVersion":"kubeadm.k8s.io/v1beta4","kind":"InitConfiguration","localAPIEndpoint":{"bindPort":6e3}}',
  "JSON with a bad escape": '{"apiVersion":"kubeadm.k8s.io/v1beta4","kind":"ClusterConfiguration","clusterName":"\\q"}',
  "JSON with half a surrogate":
    '{"apiVersion":"kubeadm.k8s.io/v1beta4","kind":"ClusterConfiguration","clusterName":"\\ud800"}',
  "JSON cut off": '{"apiVersion":"kubeadm.k8s.io/v1beta4","kind":"ClusterConf',
  "JSON with NaN": '{"apiVersion":"kubeadm.k8s.io/v1beta4","kind":"ClusterConfiguration","clusterName":NaN}',
  "JSON list": '[{"apiVersion":"kubeadm.k8s.io/v1beta4","kind":"ClusterConfiguration"}]',
  "JSON with a byte order mark": `\ufeff${json(clusterObject)}`,
};

const v1 = "kubeadm.k8s.io/v1";
const initOfV1 = (cluster: Readonly<Record<string, string>>, init: Readonly<Record<string, string>> = {}) =>
  documents(
    document("InitConfiguration", { "localAPIEndpoint.advertiseAddress": "192.0.2.10", ...init }, v1),
    document("ClusterConfiguration", { kubernetesVersion: "v1.37.2", ...cluster }, v1),
  );

/** Files of the version that --allow-experimental-api allows. */
const experimentalDocuments: Readonly<Record<string, string>> = {
  "v1 of init": initOfV1({}),
  "v1 with merged arguments": initOfV1(
    {
      "apiServer.extraArgs": '[{name: authorization-mode, value: ",Webhook", mergeMethod: append}]',
      "etcd.local.extraArgs": "[{name: v, value: '1', mergeMethod: prepend}, {name: v, value: '2', mergeMethod: ''}]",
    },
    { "nodeRegistration.kubeletExtraArgs": "[{name: v, value: '3', mergeMethod: append}]" },
  ),
  "v1 with a bad merge method": initOfV1(
    { "scheduler.extraArgs": "[{name: v, value: '1', mergeMethod: Append}, {name: '', mergeMethod: x}]" },
    { "nodeRegistration.kubeletExtraArgs": "[{name: v, value: '3', mergeMethod: replace}]" },
  ),
  "v1 with an unknown field": initOfV1({ "apiServer.extraArgs": "[{name: v, value: '1', mergeMethods: append}]" }),
  "v1 with arguments as a map": initOfV1({ "apiServer.extraArgs": "{v: '1'}" }),
  "v1 with a merge method that is a number": initOfV1({
    "apiServer.extraArgs": "[{name: v, value: '1', mergeMethod: 5}]",
  }),
  "v1beta4 with a merge method": document("ClusterConfiguration", {
    kubernetesVersion: "v1.37.2",
    "apiServer.extraArgs": "[{name: v, value: '1', mergeMethod: append}]",
  }),
  "v1 of join": document("JoinConfiguration", joinFields, v1),
  "v1 of reset": document("ResetConfiguration", { force: "true" }, v1),
  "v1 of upgrade": document("UpgradeConfiguration", { "apply.kubernetesVersion": "v1.37.2" }, v1),
  "v1 beside v1beta4": documents(
    document("InitConfiguration", { "localAPIEndpoint.advertiseAddress": "192.0.2.10" }, v1),
    document("ClusterConfiguration", { kubernetesVersion: "v1.37.2" }),
  ),
};

/** Commands that read a file, and have no flag for experimental versions: only reset allows them. */
const readersOfV1: readonly (readonly [line: string, name: string])[] = [
  ["init --dry-run", "v1 of init"],
  ["join --dry-run", "v1 of join"],
  ["reset --force --dry-run", "v1 of reset"],
  ["upgrade node --dry-run", "v1 of upgrade"],
];

const readers: readonly (readonly string[])[] = [
  ["config", "validate", "--config"],
  ["config", "migrate", "--old-config"],
  ["config", "images", "list", "--config"],
];

export function fileCases(): readonly DifferCase[] {
  const files = { ...forms, ...named("init of", initConfigurations), ...named("join of", joinConfigurations) };
  const read = Object.entries(files).flatMap(([name, text]) =>
    readers.map((reader) => ({
      name: `file/${reader.slice(0, 2).join(" ")}/${name}`,
      args: [...reader, "config.yaml"],
      files: { "config.yaml": text },
    })),
  );
  const experimental = ["v1", "v9", "plain", ...Object.keys(experimentalDocuments)].flatMap((name) =>
    readers.slice(0, 2).map((reader) => ({
      name: `file/${reader.slice(0, 2).join(" ")} with experimental APIs/${name}`,
      args: [...reader, "config.yaml", "--allow-experimental-api"],
      files: { "config.yaml": files[name] ?? experimentalDocuments[name] ?? "" },
    })),
  );
  const targets = ["new.yaml", "/work/none/new.yaml", "/etc/kubernetes/new.yaml", "config.yaml", ""].map((target) => ({
    name: `file/config migrate/to ${target}`,
    args: ["config", "migrate", "--old-config", "config.yaml", "--new-config", target],
    files: { "config.yaml": cluster },
  }));
  const withoutFlag = readersOfV1.map(([line, name]) => ({
    name: `file/${line}/${name}`,
    args: [...line.split(" "), "--config", "config.yaml"],
    files: { "config.yaml": experimentalDocuments[name] ?? "" },
  }));
  return [...read, ...experimental, ...withoutFlag, ...targets];
}

function named(prefix: string, texts: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [`${prefix} ${name}`, text]));
}
