import type { Files } from "../../host/host.ts";
import {
  adminKubeconfigPath,
  bootstrapKubeconfigPath,
  controllerManagerKubeconfigPath,
  kubeletDirectory,
  kubeletKubeconfigPath,
  manifestsDirectory,
  schedulerKubeconfigPath,
  superAdminKubeconfigPath,
  temporaryDirectory,
} from "../../kubeadm/paths.ts";
import { withFileFailures } from "../../kubeadm/reset/file-failures.ts";
import { certificatesDirectoryToEmpty, directoryToEmpty } from "../../kubeadm/reset/safe-directory.ts";
import type { Fact } from "../../workflow/fact.ts";
import type { ResetContext } from "./context.ts";

/** The files that init and join write outside the directories that are emptied; in upstream's order. */
export const removedFiles: readonly string[] = [
  adminKubeconfigPath,
  superAdminKubeconfigPath,
  kubeletKubeconfigPath,
  bootstrapKubeconfigPath,
  controllerManagerKubeconfigPath,
  schedulerKubeconfigPath,
];

/** The directories that a reset empties, symlinks resolved. */
export interface NodePlaces {
  /** Undefined where it does not exist. */
  readonly kubelet: string | undefined;
  /** In upstream's order. */
  readonly directories: readonly string[];
}

/** Throws RESET_DIRECTORY_UNSAFE where one of them leads to what is not a cluster's. */
export async function findNodePlaces(
  options: Pick<ResetContext["options"], "certificatesDirectory" | "cleanupTemporaryDirectory">,
  files: Pick<Files, "status" | "list">,
): Promise<NodePlaces> {
  const { certificatesDirectory, cleanupTemporaryDirectory } = options;
  const own = (path: string) => directoryToEmpty(path, { files, source: "kubeadm's own layout" });
  const kubeletPlace = await own(kubeletDirectory);
  const kubelet = (await files.status(kubeletPlace)) === undefined ? undefined : kubeletPlace;
  return {
    kubelet,
    directories: [
      await own(manifestsDirectory),
      ...(kubelet === undefined ? [] : [kubelet]),
      await certificatesDirectoryToEmpty(certificatesDirectory, files),
      ...(cleanupTemporaryDirectory ? [await own(temporaryDirectory)] : []),
    ],
  };
}

export const nodePlaces: Fact<ResetContext, NodePlaces> = {
  name: "directories of a node",
  load: ({ context }) => withFileFailures(() => findNodePlaces(context.options, context.host.files)),
};
