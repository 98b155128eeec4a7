import { ApiStatusError } from "../cluster/cluster.ts";
import { TransportError } from "../cluster/transport.ts";
import { ContainerRuntimeError } from "../cri/container-runtime.ts";
import { KubeadmError } from "../errors/kubeadm-error.ts";
import { EtcdError } from "../etcd/etcd.ts";
import { FileError, type FileErrorCode, ServiceError } from "../host/host.ts";
import { KubeconfigError } from "../kubeadm/kubeconfig/kubeconfig.ts";
import { defined } from "../values/defined.ts";

/**
 * Turns an error of a port (file, service, container runtime, etcd, kubeconfig, API server) into a KubeadmError: it is
 * not a defect of the program, as a full disk can fail any write. Returns any other error unchanged.
 */
export function portFailure(error: unknown): unknown {
  const cause = error;
  if (error instanceof FileError) {
    const { message, path, code } = error;
    const remedy = fileRemedies[code]?.(path);
    const details = { path };
    return new KubeadmError("FILE_OPERATION_FAILED", message, {
      cause,
      details,
      ...defined({ remedy }),
    });
  }
  if (error instanceof ServiceError) return new KubeadmError("SERVICE_MANAGER_FAILED", error.message, { cause });
  if (error instanceof ContainerRuntimeError) {
    return new KubeadmError("CONTAINER_RUNTIME_FAILED", error.message, { cause });
  }
  if (error instanceof EtcdError) return new KubeadmError("ETCD_REQUEST_FAILED", error.message, { cause });
  if (error instanceof KubeconfigError) return new KubeadmError("KUBECONFIG_INVALID", error.message, { cause });
  if (error instanceof ApiStatusError || error instanceof TransportError) {
    return new KubeadmError("CLUSTER_REQUEST_FAILED", error.message, { cause });
  }
  return error;
}

const fileRemedies: Partial<Record<FileErrorCode, (path: string) => string>> = {
  "no-space": (path) =>
    `The file system of ${path} is full, or its quota is used up: free some space (\`df -h\` and \`df -i\` show how much is left), then run the same command again.`,
  "read-only": (path) =>
    `The file system of ${path} is mounted read-only: \`findmnt -T ${path}\` shows it, and \`dmesg\` whether a disk error caused it.`,
  "permission-denied": (path) =>
    `Run the command as root; if you do, check the modes of ${path} and its directories, the output of \`lsattr\`, and the security module (SELinux, AppArmor).`,
  "not-a-directory": (path) => `One of the directories of ${path} is a file: move it away.`,
  "is-a-directory": (path) => `${path} must be a file, but is a directory: move it away.`,
};
