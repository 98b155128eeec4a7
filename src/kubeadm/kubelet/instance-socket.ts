import { anyOf, orElse } from "../../async/or-else.ts";
import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { goQuote } from "../../go/quote.ts";
import { toJson } from "../../go/yaml/node.ts";
import { readYaml } from "../../go/yaml/read-yaml.ts";
import { YamlError } from "../../go/yaml/yaml-error.ts";
import { FileError } from "../../host/file-error.ts";
import type { Files } from "../../host/host.ts";
import { defined } from "../../values/defined.ts";
import { isObject, type JsonValue } from "../../values/json.ts";
import { kubeletInstanceConfigurationPath } from "../paths.ts";

/**
 * Returns the CRI socket in the kubelet's instance configuration: "" if it names none, undefined if there is no such
 * file. Throws FileError if the file cannot be read, and CONFIG_INVALID if it is no YAML.
 */
export async function readInstanceSocket(files: Pick<Files, "readText">): Promise<string | undefined> {
  const path = kubeletInstanceConfigurationPath;
  try {
    const content = toJson(readYaml(await files.readText(path)));
    if (content !== null && !isObject(content))
      throw unparsable(`cannot unmarshal ${goType(content)} into Go value of type v1beta1.KubeletConfiguration`);
    const socket = content?.["containerRuntimeEndpoint"];
    // A number or a boolean is accepted as a string, as in sigs.k8s.io/yaml.
    if (socket === undefined || socket === null || typeof socket !== "object") return String(socket ?? "");
    throw unparsable(
      `cannot unmarshal ${goType(socket)} into Go struct field KubeletConfiguration.containerRuntimeEndpoint of type string`,
    );
  } catch (error) {
    if (error instanceof FileError && error.code === "not-found") return undefined;
    if (!(error instanceof YamlError)) throw error;
    throw unusable(`error converting YAML to JSON: ${error.message}`, error);
  }
}

function unparsable(reason: string): KubeadmError {
  return unusable(`error unmarshaling JSON: while decoding JSON: json: ${reason}`);
}

function unusable(reason: string, cause?: unknown): KubeadmError {
  const path = kubeletInstanceConfigurationPath;
  const message = `could not parse kubelet configuration file ${goQuote(path)}: ${reason}`;
  return new KubeadmError("CONFIG_INVALID", message, {
    ...defined({ cause }),
    details: { path },
    remedy: `Fix ${path}; usually it has one line: containerRuntimeEndpoint: "unix:///run/containerd/containerd.sock".`,
  });
}

function goType(value: JsonValue): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}

/** The same for what continues without the file, whatever keeps it from being read; "" is undefined, too. */
export async function findInstanceSocket(files: Pick<Files, "readText">): Promise<string | undefined> {
  return orElse(undefined, anyOf(FileError, KubeadmError), async () => (await readInstanceSocket(files)) || undefined);
}
