import { RequestError } from "../cluster/request-error.ts";
import { ContainerRuntimeError } from "../cri/container-runtime.ts";
import { KubeadmError } from "../errors/kubeadm-error.ts";
import { EtcdError } from "../etcd/etcd.ts";
import { FileError } from "../host/file-error.ts";
import { ServiceError } from "../host/service-manager.ts";
import { fileFailure } from "../kubeadm/file-failure.ts";
import { KubeconfigError } from "../kubeadm/kubeconfig/kubeconfig.ts";

/**
 * Turns an error of a port (file, service, container runtime, etcd, API server, or a kubeconfig) into a KubeadmError: it is
 * not a defect of the program, as a full disk can fail any write. Returns any other error unchanged.
 */
export function portFailure(error: unknown): unknown {
  const cause = error;
  if (error instanceof FileError) return fileFailure(error);
  if (error instanceof ServiceError) return new KubeadmError("SERVICE_MANAGER_FAILED", error.message, { cause });
  if (error instanceof ContainerRuntimeError) {
    return new KubeadmError("CONTAINER_RUNTIME_FAILED", error.message, { cause });
  }
  if (error instanceof EtcdError) return new KubeadmError("ETCD_REQUEST_FAILED", error.message, { cause });
  if (error instanceof KubeconfigError) return new KubeadmError("KUBECONFIG_INVALID", error.message, { cause });
  if (error instanceof RequestError) {
    return new KubeadmError("CLUSTER_REQUEST_FAILED", error.message, { cause });
  }
  return error;
}
