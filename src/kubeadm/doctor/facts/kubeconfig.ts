import { type Kubeconfig, KubeconfigError } from "../../kubeconfig/kubeconfig.ts";
import { loadKubeconfig } from "../../kubeconfig/read-kubeconfig.ts";
import { bootstrapKubeconfigPath, kubeletKubeconfigPath } from "../../paths.ts";
import type { Examination, Fact } from "../examination.ts";
import { type OnDisk, onDisk } from "./on-disk.ts";

/** A kubeconfig as it is on disk: files that it references are not embedded. */
export type KubeconfigOnDisk = OnDisk<{ readonly path: string; readonly kubeconfig: Kubeconfig }, KubeconfigError>;

export const kubeletKubeconfig: Fact<KubeconfigOnDisk> = (examination) =>
  kubeconfigOnDisk(kubeletKubeconfigPath, examination);

export const bootstrapKubeconfig: Fact<KubeconfigOnDisk> = (examination) =>
  kubeconfigOnDisk(bootstrapKubeconfigPath, examination);

export function kubeconfigOnDisk(path: string, { files }: Pick<Examination, "files">): Promise<KubeconfigOnDisk> {
  return onDisk(isKubeconfigError, async () => ({ path, kubeconfig: await loadKubeconfig(files, path) }));
}

function isKubeconfigError(error: unknown): error is KubeconfigError {
  return error instanceof KubeconfigError;
}
