import { parseBool } from "../../../go/bool.ts";
import { toJson } from "../../../go/yaml/node.ts";
import { readYaml } from "../../../go/yaml/read-yaml.ts";
import { YamlError } from "../../../go/yaml/yaml-error.ts";
import { FileError } from "../../../host/file-error.ts";
import { isList, isObject, type JsonValue } from "../../../values/json.ts";
import { shell } from "../../../values/shell.ts";
import { clusterInfoName } from "../../cluster-objects/cluster-info.ts";
import { publicNamespace } from "../../cluster-objects/rbac.ts";
import { manifestPath } from "../../control-plane/write-manifest.ts";
import { kubernetesDirectory } from "../../paths.ts";
import { type CheckOutcome, failed, passed, skipped, warned } from "../check.ts";
import type { Examination } from "../examination.ts";
import { argumentOf } from "../facts/control-plane.ts";
import { isUnread } from "../unread-file.ts";
import { onControlPlane } from "./on-control-plane.ts";

const apiServerManifest = manifestPath("kube-apiserver");
const clusterInfoPath = `/api/v1/namespaces/${publicNamespace}/configmaps/${clusterInfoName}`;
/** What the kubelet asks the API server without credentials. */
const probePaths = ["/livez", "/readyz"] as const;

export const anonymousAccess = onControlPlane({
  name: "anonymous-access",
  title: "The API server allows anonymous requests from joining machines and the kubelet's probes",
  after: ["static-pod-manifests"],
  look: async ({ manifests }, examination) => {
    const manifest = manifests["kube-apiserver"];
    if (manifest.state !== "loaded") return skipped("its manifest is unusable");
    const flag = argumentOf(manifest, "anonymous-auth");
    if (flag !== undefined && parseBool(flag) === false) return closedByFlag(flag);
    const path = argumentOf(manifest, "authentication-config");
    return path === undefined ? passed() : outcomeOfFile(path, examination);
  },
});

const consequences =
  "no machine can join with a token, and the kubelet's probes of the API server get 401, so the kubelet keeps restarting it";

function closedByFlag(value: string): CheckOutcome {
  return failed(
    `The API server refuses every request without credentials (--anonymous-auth=${value}): ${consequences}.`,
    {
      evidence: [`${apiServerManifest}: --anonymous-auth=${value}`],
      remedy: `Remove the flag. To restrict access without credentials, allow only /livez, /readyz, /healthz and ${clusterInfoPath} in an AuthenticationConfiguration (--authentication-config). Also remove the flag from extraArgs of the apiServer in kubeadm-config, or the next upgrade adds it again.`,
      // The kubelet would read a file that is made in the directory of its manifests.
      commands: [
        shell`sed '/^ *- "\\?--anonymous-auth=/d' ${apiServerManifest} > ${kubernetesDirectory}/kube-apiserver.yaml`,
        shell`cp ${kubernetesDirectory}/kube-apiserver.yaml ${apiServerManifest}`,
      ],
    },
  );
}

/** The file is read where the manifest names it: kubeadm mounts files at their own paths (extraVolumes). */
async function outcomeOfFile(path: string, { files }: Examination): Promise<CheckOutcome> {
  let configuration: JsonValue;
  try {
    configuration = toJson(readYaml(await files.readText(path)));
  } catch (error) {
    if (isUnread(error)) throw error;
    // The API server's log says what is wrong with it.
    if (error instanceof FileError || error instanceof YamlError) return skipped(`${path} cannot be read`);
    throw error;
  }
  const anonymous = isObject(configuration) ? configuration["anonymous"] : undefined;
  if (!isObject(anonymous)) return passed();
  const open = openPaths(anonymous);
  const isOpen = (each: string) => open === "all" || open.includes(each);
  const closed = [clusterInfoPath, ...probePaths].filter((each) => !isOpen(each));
  if (closed.length === 0) return passed();
  const isProbed = closed.some((each) => each !== clusterInfoPath);
  const say = isProbed ? failed : warned;
  const what = isProbed
    ? isOpen(clusterInfoPath)
      ? "the kubelet's probes of the API server get 401, so the kubelet keeps restarting it"
      : consequences
    : "no machine can join with a token";
  return say(`The API server refuses requests without credentials for ${closed.join(", ")}: ${what}.`, {
    evidence: [`${path}: anonymous: ${JSON.stringify(anonymous)}`],
    remedy: `Add a condition for each of these paths to \`anonymous.conditions\` in ${path}, with \`enabled: true\`. The API server reloads the file automatically. Make the same change on the other control planes.`,
    commands: [shell`cat ${path}`],
  });
}

function openPaths(anonymous: { readonly [field: string]: JsonValue }): readonly string[] | "all" {
  if (anonymous["enabled"] !== true) return [];
  const { conditions } = anonymous;
  if (!isList(conditions) || conditions.length === 0) return "all";
  return conditions.flatMap((each) => (isObject(each) && typeof each["path"] === "string" ? [each["path"]] : []));
}
