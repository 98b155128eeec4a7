import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { FileError } from "../../host/host.ts";

/** A file operation that fails where nothing else is to be done about it is a failure that the user has to see to. */
export async function withFileFailures<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    const { path, code } = error;
    throw new KubeadmError("FILE_OPERATION_FAILED", error.message, { cause: error, details: { path, reason: code } });
  }
}
