import { anyOf, orElse } from "../../async/or-else.ts";
import { toJson } from "../../go/yaml/node.ts";
import { readYaml } from "../../go/yaml/read-yaml.ts";
import { YamlError } from "../../go/yaml/yaml-error.ts";
import { FileError } from "../../host/file-error.ts";
import type { Files } from "../../host/host.ts";
import { isObject, type JsonValue } from "../../values/json.ts";
import { manifestsDirectory } from "../paths.ts";
import { manifestPath, type StaticPodName } from "./write-manifest.ts";

export interface PodInManifest {
  readonly path: string;
  readonly podName: JsonValue;
}

/**
 * Returns the Pods that the files of the manifests directory define, except the manifests of these Pods: the kubelet reads
 * every file, also a backup. A file that cannot be read defines none. Throws FileError if the directory cannot be listed.
 */
export async function podsInOtherManifests(
  except: readonly StaticPodName[],
  files: Pick<Files, "list" | "readText">,
): Promise<readonly PodInManifest[]> {
  const own = new Set(except.map(manifestPath));
  const paths = (await files.list(manifestsDirectory))
    // The kubelet ignores files whose names start with a dot.
    .filter((name) => !name.startsWith("."))
    .map((name) => `${manifestsDirectory}/${name}`)
    .filter((path) => !own.has(path));
  const found = await Promise.all(
    paths.map(async (path): Promise<readonly PodInManifest[]> => {
      const podName = await podNameIn(path, files);
      return podName === undefined ? [] : [{ path, podName }];
    }),
  );
  return found.flat();
}

async function podNameIn(path: string, files: Pick<Files, "readText">): Promise<JsonValue | undefined> {
  return orElse(undefined, anyOf(FileError, YamlError), async () => {
    const pod = toJson(readYaml(await files.readText(path, { maxBytes: 1024 ** 2 })));
    const metadata = isObject(pod) ? pod["metadata"] : undefined;
    return isObject(metadata) ? metadata["name"] : undefined;
  });
}
