import { KubeadmError, messageOf } from "../../errors/kubeadm-error.ts";
import { toJson } from "../../go/yaml/node.ts";
import { readYaml } from "../../go/yaml/read-yaml.ts";
import { YamlError } from "../../go/yaml/yaml-error.ts";
import { FileError, type Files } from "../../host/host.ts";
import { isObject } from "../../values/json.ts";
import { kubeletInstanceConfigurationPath } from "../paths.ts";

/**
 * Returns the CRI socket in the kubelet's instance configuration: "" if it names none, undefined if there is no such
 * file. Throws FileError if the file cannot be read, and CONFIG_INVALID if it is no YAML.
 */
export async function readInstanceSocket(files: Pick<Files, "readText">): Promise<string | undefined> {
  const path = kubeletInstanceConfigurationPath;
  try {
    const content = toJson(readYaml(await files.readText(path)));
    const socket = isObject(content) ? content["containerRuntimeEndpoint"] : undefined;
    return typeof socket === "string" ? socket : "";
  } catch (error) {
    if (error instanceof FileError && error.code === "not-found") return undefined;
    if (!(error instanceof YamlError)) throw error;
    throw new KubeadmError("CONFIG_INVALID", `could not read kubelet instance configuration: ${messageOf(error)}`, {
      cause: error,
      details: { path },
      remedy: `Fix ${path}; usually it has one line: containerRuntimeEndpoint: "unix:///run/containerd/containerd.sock".`,
    });
  }
}

/** The same for what goes on without the file, whatever keeps it from being read; "" is undefined, too. */
export async function findInstanceSocket(files: Pick<Files, "readText">): Promise<string | undefined> {
  try {
    return (await readInstanceSocket(files)) || undefined;
  } catch (error) {
    if (error instanceof FileError || error instanceof KubeadmError) return undefined;
    throw error;
  }
}
