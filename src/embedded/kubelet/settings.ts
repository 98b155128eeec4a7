import { readFileSync } from "node:fs";
import { toJson } from "../../go/yaml/node.ts";
import { readYaml } from "../../go/yaml/read-yaml.ts";
import type { Taint } from "../../kubernetes/taint.ts";
import { KubeletExit } from "./kubelet-exit.ts";
import type { RootedPath } from "./rooted-path.ts";

/** The settings from the kubelet's command line and configuration file. */
export interface KubeletSettings {
  readonly nodeName: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly bootstrapKubeconfig: string;
  readonly kubeconfig: string;
  readonly certificateDirectory: string;
  readonly containerRuntimeEndpoint: string;
  readonly healthzAddress: string;
  /** 0: no health endpoint. */
  readonly healthzPort: number;
  /** "": none. */
  readonly staticPodPath: string;
  readonly rotateCertificates: boolean;
}

/** Name -> value; the last one of a name counts, as with pflag. */
export type KubeletFlags = ReadonlyMap<string, string>;

/**
 * The flags of the real kubelet that may be set on a kubeadm node; any other flag ends the process, as removed flags
 * (--pod-infra-container-image since 1.35) end the real kubelet.
 */
const knownFlags: ReadonlySet<string> = new Set([
  "bootstrap-kubeconfig",
  "cert-dir",
  "config",
  "config-dir",
  "container-runtime-endpoint",
  "cloud-provider",
  "fail-swap-on",
  "feature-gates",
  "hostname-override",
  "kubeconfig",
  "node-ip",
  "node-labels",
  "provider-id",
  "read-only-port",
  "register-node",
  "register-with-taints",
  "resolv-conf",
  "root-dir",
  "rotate-certificates",
  "v",
  "version",
]);

/** `--name=value`, `--name value` and, for true, `--name`. */
export function parseKubeletFlags(argv: readonly string[]): KubeletFlags {
  const flags = new Map<string, string>();
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? "";
    const match = /^--?([a-z][a-z0-9-]*)(?:=([\s\S]*))?$/.exec(word);
    if (match === null) throw new KubeletExit(`unknown command ${word}`);
    const [, name = "", value] = match;
    if (!knownFlags.has(name)) throw new KubeletExit(`failed to parse kubelet flag: unknown flag: --${name}`);
    const following = argv[index + 1];
    const takesNext = value === undefined && following !== undefined && !following.startsWith("-");
    flags.set(name, value ?? (takesNext ? following : "true"));
    if (takesNext) index++;
  }
  return flags;
}

export interface SettingsSources {
  readonly flags: KubeletFlags;
  readonly hostname: string;
  readonly rooted: RootedPath;
}

export function readSettings({ flags, hostname, rooted }: SettingsSources): KubeletSettings {
  const configuration = readConfiguration(flags.get("config") ?? "", rooted);
  const runtime = flags.get("container-runtime-endpoint") ?? text(configuration, "containerRuntimeEndpoint") ?? "";
  if (runtime === "") {
    throw new KubeletExit(
      "the container runtime endpoint address was not specified or empty, use --container-runtime-endpoint to set",
    );
  }
  const rootDirectory = flags.get("root-dir") ?? "/var/lib/kubelet";
  return {
    nodeName: (flags.get("hostname-override") ?? hostname).trim().toLowerCase(),
    labels: parseLabels(flags.get("node-labels") ?? ""),
    taints: parseTaints(flags.get("register-with-taints") ?? ""),
    bootstrapKubeconfig: flags.get("bootstrap-kubeconfig") ?? "",
    kubeconfig: flags.get("kubeconfig") ?? "",
    certificateDirectory: flags.get("cert-dir") ?? `${rootDirectory}/pki`,
    containerRuntimeEndpoint: runtime,
    healthzAddress: text(configuration, "healthzBindAddress") ?? "127.0.0.1",
    healthzPort: number(configuration, "healthzPort") ?? 10248,
    staticPodPath: text(configuration, "staticPodPath") ?? "",
    rotateCertificates: configuration["rotateCertificates"] === true,
  };
}

type Configuration = Readonly<Record<string, unknown>>;

function readConfiguration(path: string, rooted: RootedPath): Configuration {
  if (path === "") return {};
  const context = `failed to load kubelet config file, path: ${path}, error: failed to load Kubelet config file ${path}, error`;
  let content: string;
  try {
    content = readFileSync(rooted(path), "utf8");
  } catch {
    throw new KubeletExit(
      `${context} failed to read kubelet config file ${JSON.stringify(path)}, error: open ${path}: no such file or directory`,
    );
  }
  let value: unknown;
  try {
    value = toJson(readYaml(content));
  } catch (error) {
    throw new KubeletExit(`${context} failed to decode: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!isConfiguration(value)) {
    throw new KubeletExit(
      `${context} failed to decode: no kind "KubeletConfiguration" in kubelet.config.k8s.io/v1beta1`,
    );
  }
  return value;
}

function isConfiguration(value: unknown): value is Configuration {
  if (typeof value !== "object" || value === null) return false;
  const { apiVersion, kind } = value as Configuration & { apiVersion?: unknown; kind?: unknown };
  return apiVersion === "kubelet.config.k8s.io/v1beta1" && kind === "KubeletConfiguration";
}

function text(configuration: Configuration, field: string): string | undefined {
  const value = configuration[field];
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value !== "string") throw new KubeletExit(`failed to decode the kubelet config: ${field} is not a string`);
  return value;
}

function number(configuration: Configuration, field: string): number | undefined {
  const value = configuration[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "number") throw new KubeletExit(`failed to decode the kubelet config: ${field} is not a number`);
  return value;
}

function parseLabels(value: string): Readonly<Record<string, string>> {
  const pairs = commaSeparated(value).map((pair) => {
    const [key, ...rest] = pair.split("=");
    if (rest.length > 1) throw new KubeletExit(`invalid argument ${JSON.stringify(value)} for "--node-labels" flag`);
    return [key ?? "", rest[0] ?? ""] as const;
  });
  return Object.fromEntries(pairs);
}

/** `key=value:Effect`, or `key:Effect` without a value. */
function parseTaints(list: string): readonly Taint[] {
  return commaSeparated(list).map((taint) => {
    const match = /^([^=:]+)(?:=([^:]*))?:(NoSchedule|PreferNoSchedule|NoExecute)$/.exec(taint);
    if (match === null) throw new KubeletExit(`failed to parse kubelet flag: invalid taint spec: ${taint}`);
    const [, key = "", value, effect = ""] = match;
    return value === undefined || value === "" ? { key, effect } : { key, value, effect };
  });
}

function commaSeparated(list: string): readonly string[] {
  return list.split(",").filter((entry) => entry !== "");
}
