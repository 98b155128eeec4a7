import { FileError } from "../../../host/host.ts";
import { type Kubeconfig, KubeconfigError } from "../../kubeconfig/kubeconfig.ts";
import { loadKubeconfig } from "../../kubeconfig/read-kubeconfig.ts";
import { bootstrapKubeconfigPath, kubeletKubeconfigPath } from "../../paths.ts";
import type { Examination, Fact } from "../examination.ts";

/** A kubeconfig as it is on disk: files that it references are not embedded. */
export type KubeconfigOnDisk =
  | { readonly state: "missing" }
  | { readonly state: "not-readable"; readonly error: FileError }
  | { readonly state: "invalid"; readonly error: Error }
  | { readonly state: "loaded"; readonly path: string; readonly kubeconfig: Kubeconfig };

export const kubeletKubeconfig: Fact<KubeconfigOnDisk> = (examination) => onDisk(kubeletKubeconfigPath, examination);

export const bootstrapKubeconfig: Fact<KubeconfigOnDisk> = (examination) =>
  onDisk(bootstrapKubeconfigPath, examination);

export async function onDisk(path: string, { files }: Pick<Examination, "files">): Promise<KubeconfigOnDisk> {
  try {
    return { state: "loaded", path, kubeconfig: await loadKubeconfig(files, path) };
  } catch (error) {
    if (error instanceof FileError) {
      return error.code === "not-found" ? { state: "missing" } : { state: "not-readable", error };
    }
    if (error instanceof KubeconfigError) return { state: "invalid", error };
    throw error;
  }
}
