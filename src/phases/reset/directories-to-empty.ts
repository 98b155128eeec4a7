import { isDenied } from "../../host/file-error.ts";
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
import { withFileFailures } from "../../kubeadm/reset/empty-directory.ts";
import { certificatesDirectoryToEmpty, directoryToEmpty } from "../../kubeadm/reset/safe-directory.ts";
import type { Fact } from "../../workflow/fact.ts";
import type { ResetContext } from "./context.ts";

/** The files that init and join write outside the directories that reset empties; in upstream's order. */
export const removedFiles: readonly string[] = [
  adminKubeconfigPath,
  superAdminKubeconfigPath,
  kubeletKubeconfigPath,
  bootstrapKubeconfigPath,
  controllerManagerKubeconfigPath,
  schedulerKubeconfigPath,
];

/** A directory that reset empties: its name in upstream's output, and its path with symlinks resolved. */
export interface PlaceToEmpty {
  readonly name: string;
  readonly directory: string;
}

export interface NodePlaces {
  /** Symlinks resolved, or why it is not there. */
  readonly kubelet: { readonly directory: string } | { readonly missing: string };
  /** In upstream's order. */
  readonly toEmpty: readonly PlaceToEmpty[];
}

/** Throws RESET_DIRECTORY_UNSAFE if one of them resolves to a directory that does not belong to a cluster. */
export async function findNodePlaces(
  options: Pick<ResetContext["options"], "certificatesDirectory" | "cleanupTemporaryDirectory">,
  files: Pick<Files, "status" | "list">,
): Promise<NodePlaces> {
  const { certificatesDirectory, cleanupTemporaryDirectory } = options;
  const own = async (name: string): Promise<PlaceToEmpty> => ({
    name,
    directory: await directoryToEmpty(name, { files, source: "kubeadm's own layout" }),
  });
  const kubelet = await findKubelet((await own(kubeletDirectory)).directory, files);
  return {
    kubelet,
    toEmpty: [
      await own(manifestsDirectory),
      ...("directory" in kubelet ? [{ name: kubelet.directory, directory: kubelet.directory }] : []),
      {
        name: certificatesDirectory,
        directory: await certificatesDirectoryToEmpty(certificatesDirectory, files),
      },
      ...(cleanupTemporaryDirectory ? [await own(temporaryDirectory)] : []),
    ],
  };
}

async function findKubelet(directory: string, files: Pick<Files, "status">): Promise<NodePlaces["kubelet"]> {
  try {
    if ((await files.status(directory)) !== undefined) return { directory };
    return { missing: `lstat ${kubeletDirectory}: no such file or directory` };
  } catch (error) {
    if (isDenied(error)) return { missing: error.message };
    throw error;
  }
}

export const nodePlaces: Fact<ResetContext, NodePlaces> = {
  name: "directories of a node",
  load: ({ context }) => withFileFailures(() => findNodePlaces(context.options, context.host.files)),
};
