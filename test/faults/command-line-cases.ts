import { chmodSync } from "node:fs";
import type { FaultCase } from "./fault-case.ts";
import { joinArguments, nodeName, type World } from "./world.ts";

const atOnceMs = 4_000;
const pin = `sha256:${"0".repeat(64)}`;
const token = "abcdef.0123456789abcdef";

const flags = (...args: readonly string[]) => ({ arguments: () => ["join", ...args, "--node-name", nodeName] });

/** A configuration file with this content. */
const file = (content: string | Buffer, mode?: number) => ({
  arguments: (world: World) => {
    world.write("/etc/join.yaml", content, mode);
    return ["join", "--config", "/etc/join.yaml"];
  },
});

const configuration = (body: string) => `apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\n${body}\n`;

const options: readonly FaultCase[] = [
  {
    name: "an endpoint without a port",
    ...flags("192.0.2.10", "--token", token, "--discovery-token-ca-cert-hash", pin),
    code: "CONFIG_INVALID",
    error: ['"192.0.2.10"', "missing port in address"],
    remedy: ["Fix the fields", "kubeadm token create --print-join-command"],
    withinMs: atOnceMs,
  },
  {
    name: "an endpoint that is a URL",
    ...flags("https://192.0.2.10:6443", "--token", token, "--discovery-token-ca-cert-hash", pin),
    code: "CONFIG_INVALID",
    error: ["too many colons in address"],
    remedy: ["Fix the fields", "kubeadm token create --print-join-command"],
    withinMs: atOnceMs,
  },
  {
    name: "an endpoint whose port is no number",
    ...flags("192.0.2.10:https", "--token", token, "--discovery-token-ca-cert-hash", pin),
    code: "CONFIG_INVALID",
    error: ["apiServerEndpoint", "port https must be a valid number between 1 and 65535"],
    remedy: ["Fix the fields", "kubeadm token create --print-join-command"],
    withinMs: atOnceMs,
  },
  {
    name: "two endpoints",
    ...flags("192.0.2.10:6443", "192.0.2.11:6443", "--token", token, "--discovery-token-ca-cert-hash", pin),
    code: "USAGE",
    error: ["accepts at most 1 arg(s), received 2"],
    remedy: ["--help"],
    withinMs: atOnceMs,
  },
  {
    name: "no endpoint",
    ...flags("--token", token, "--discovery-token-ca-cert-hash", pin),
    code: "CONFIG_INVALID",
    error: ["bootstrapToken or file must be set"],
    remedy: ["Fix the fields", "kubeadm token create --print-join-command"],
    withinMs: atOnceMs,
  },
  {
    name: "a token of another form",
    ...flags("192.0.2.10:6443", "--token", "abcdef.short", "--discovery-token-ca-cert-hash", pin),
    code: "CONFIG_INVALID",
    error: ["discovery.bootstrapToken.token", "the bootstrap token is invalid"],
    remedy: ["Fix the fields", "kubeadm token create --print-join-command"],
    withinMs: atOnceMs,
  },
  {
    name: "a pin of another form",
    ...flags("192.0.2.10:6443", "--token", token, "--discovery-token-ca-cert-hash", "sha256:abc"),
    code: "DISCOVERY_CA_PIN_INVALID",
    error: ['invalid hash "sha256:abc"', "found 1 bytes"],
    remedy: ["64 hexadecimal digits"],
    withinMs: atOnceMs,
  },
  {
    name: "a pin of another algorithm",
    ...flags("192.0.2.10:6443", "--token", token, "--discovery-token-ca-cert-hash", `sha512:${"0".repeat(128)}`),
    code: "DISCOVERY_CA_PIN_INVALID",
    error: ['unknown hash format "sha512"'],
    remedy: ["64 hexadecimal digits"],
    withinMs: atOnceMs,
  },
  {
    name: "neither a pin nor the switch that does without",
    ...flags("192.0.2.10:6443", "--token", token),
    code: "CONFIG_INVALID",
    error: ["without caCertHashes can be unsafe", "--discovery-token-unsafe-skip-ca-verification"],
    remedy: ["Fix the fields", "kubeadm token create --print-join-command"],
    withinMs: atOnceMs,
  },
  {
    name: "both kinds of discovery",
    ...flags("192.0.2.10:6443", "--token", token, "--discovery-file", "/etc/d.conf"),
    code: "CONFIG_INVALID",
    error: ["bootstrapToken and file cannot both be set"],
    remedy: ["Fix the fields"],
    withinMs: atOnceMs,
  },
  {
    name: "no kind of discovery",
    ...flags(),
    code: "CONFIG_INVALID",
    error: ["bootstrapToken or file must be set"],
    remedy: ["Fix the fields", "kubeadm token create --print-join-command"],
    withinMs: atOnceMs,
  },
  {
    name: "a flag that does not exist",
    ...flags("192.0.2.10:6443", "--tokn", token),
    code: "USAGE",
    error: ["unknown flag: --tokn"],
    remedy: ["Did you mean --token?"],
    withinMs: atOnceMs,
  },
  {
    name: "not root",
    arguments: (world) => joinArguments(world),
    checksEverything: true,
    code: "PREFLIGHT_FAILED",
    error: ["preflight checks failed"],
    remedy: ["Fix the reported errors"],
    stderr: ["[ERROR IsPrivilegedUser]: user is not running as root", "sudo"],
    withinMs: atOnceMs,
  },
];

const files: readonly FaultCase[] = [
  {
    name: "a configuration file that is missing",
    arguments: () => ["join", "--config", "/etc/none.yaml"],
    code: "CONFIG_UNREADABLE",
    error: ["/etc/none.yaml", "no such file or directory"],
    remedy: ["Check the path and its permissions"],
    withinMs: atOnceMs,
  },
  {
    name: "a configuration file that may not be read",
    ...file(configuration(""), 0o000),
    code: "CONFIG_UNREADABLE",
    error: ["/etc/join.yaml: permission denied"],
    remedy: ["Check the path and its permissions"],
    withinMs: atOnceMs,
  },
  {
    name: "a configuration file in a directory that may not be entered",
    arguments: (world) => {
      world.write("/etc/locked/join.yaml", configuration(""));
      chmodSync(world.root.inside("/etc/locked"), 0o000);
      return ["join", "--config", "/etc/locked/join.yaml"];
    },
    code: "CONFIG_UNREADABLE",
    error: ["/etc/locked/join.yaml: permission denied"],
    remedy: ["Check the path and its permissions"],
    withinMs: atOnceMs,
  },
  {
    name: "a configuration file that is a directory",
    arguments: () => ["join", "--config", "/etc"],
    code: "CONFIG_UNREADABLE",
    error: ["is a directory"],
    remedy: ["regular text file"],
    withinMs: atOnceMs,
  },
  {
    name: "an empty configuration file",
    ...file(""),
    code: "CONFIG_INVALID",
    error: ["no JoinConfiguration found"],
    remedy: ["join-defaults"],
    withinMs: atOnceMs,
  },
  {
    name: "a configuration file of 50 MB",
    ...file(Buffer.alloc(50_000_000, "a: b\n")),
    code: "CONFIG_UNREADABLE",
    error: ["larger than 3145728 bytes"],
    remedy: ["at most 3 MiB"],
    withinMs: atOnceMs,
  },
  {
    name: "a configuration file that is a program",
    ...file(Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0xff, 0xfe, 0, 0x80, 0x81])),
    code: "CONFIG_INVALID",
    error: ["could not interpret GroupVersionKind"],
    remedy: ["See /etc/join.yaml:1"],
    withinMs: atOnceMs,
  },
  {
    name: "a configuration of another kind",
    ...file("apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n"),
    code: "CONFIG_INVALID",
    error: ["no JoinConfiguration found"],
    remedy: ["join-defaults"],
    stderr: ["Ignored configuration document", "Kind=InitConfiguration"],
    withinMs: atOnceMs,
  },
  {
    name: "a configuration that is no object of Kubernetes",
    ...file("hello: world\n"),
    code: "CONFIG_INVALID",
    error: ["kind and apiVersion is mandatory"],
    remedy: ["See /etc/join.yaml:1"],
    withinMs: atOnceMs,
  },
  {
    name: "a configuration of a version that is gone",
    ...file("apiVersion: kubeadm.k8s.io/v1beta2\nkind: JoinConfiguration\n"),
    code: "CONFIG_UNSUPPORTED",
    error: ["old API spec", "kubeadm.k8s.io/v1beta2"],
    remedy: ["kubeadm config migrate"],
    withinMs: atOnceMs,
  },
  {
    name: "a duplicate key",
    ...file(configuration("nodeRegistration: {name: a}\nnodeRegistration: {name: b}")),
    code: "CONFIG_INVALID",
    error: ["bootstrapToken or file must be set"],
    remedy: ["/etc/join.yaml"],
    stderr: ['/etc/join.yaml:4: key "nodeRegistration" is duplicate'],
    withinMs: atOnceMs,
  },
  {
    name: "a field of another type",
    ...file(configuration("nodeRegistration:\n  kubeletExtraArgs: yes please\n")),
    code: "CONFIG_INVALID",
    error: ["cannot unmarshal string into Go struct field", "kubeletExtraArgs"],
    remedy: ["/etc/join.yaml:4 (nodeRegistration.kubeletExtraArgs)"],
    withinMs: atOnceMs,
  },
  {
    name: "a token in the file of another form",
    ...file(
      configuration(
        `discovery: {bootstrapToken: {token: nope, apiServerEndpoint: "192.0.2.10:6443", caCertHashes: ["${pin}"]}}`,
      ),
    ),
    code: "CONFIG_INVALID",
    error: ["the bootstrap token is invalid"],
    remedy: ["/etc/join.yaml:3 (discovery.bootstrapToken.token)"],
    withinMs: atOnceMs,
  },
  {
    name: "a discovery file that is missing",
    ...flags("--discovery-file", "/etc/none.conf", "--tls-bootstrap-token", token),
    code: "CONFIG_INVALID",
    error: ["/etc/none.conf", "not a valid HTTPS URL or a file on disk"],
    remedy: ["Fix the fields"],
    withinMs: atOnceMs,
  },
  {
    name: "a discovery file that may not be read",
    arguments: (world) => {
      const args = joinArguments(world, { discoveryFile: "apiVersion: v1\nkind: Config\n" });
      chmodSync(world.root.inside("/etc/discovery.conf"), 0o000);
      return args;
    },
    code: "DISCOVERY_FILE_INVALID",
    error: ["/etc/discovery.conf: permission denied"],
    remedy: ["permissions of /etc/discovery.conf"],
    withinMs: atOnceMs,
  },
  {
    name: "an empty discovery file",
    arguments: (world) => joinArguments(world, { discoveryFile: "" }),
    code: "DISCOVERY_FILE_INVALID",
    error: ["at least one Cluster defined"],
    remedy: ["Create one on a control plane"],
    withinMs: atOnceMs,
  },
  {
    name: "a discovery file that is something else",
    arguments: (world) => joinArguments(world, { discoveryFile: "\u0000\u0001not a kubeconfig" }),
    code: "DISCOVERY_FILE_INVALID",
    error: ['error loading config file "/etc/discovery.conf"'],
    remedy: ["Create one on a control plane"],
    withinMs: atOnceMs,
  },
  {
    name: "a discovery file whose cluster has no server",
    arguments: (world) =>
      joinArguments(world, {
        discoveryFile:
          "apiVersion: v1\nkind: Config\nclusters: [{name: c, cluster: {}}]\nusers: [{name: u, user: {}}]\ncontexts: [{name: x, context: {cluster: c, user: u}}]\ncurrent-context: x\n",
      }),
    code: "DISCOVERY_FILE_INVALID",
    error: ['invalid configuration: no server found for cluster "c"'],
    remedy: ["Create one on a control plane"],
    withinMs: atOnceMs,
  },
];

export const commandLineCases: readonly FaultCase[] = [...options, ...files];
