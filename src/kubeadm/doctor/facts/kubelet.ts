import { isKubeadmError, type KubeadmError } from "../../../errors/kubeadm-error.ts";
import { FileError, type ServiceStatus } from "../../../host/host.ts";
import { decodeKubeletConfiguration, type KubeletConfiguration } from "../../kubelet/kubelet-configuration.ts";
import { type KubeletFlags, readKubeletFlags } from "../../kubelet/kubelet-flags.ts";
import { kubeletService } from "../../kubelet/kubelet-service.ts";
import { kubeletConfigurationPath } from "../../paths.ts";
import type { Fact } from "../examination.ts";

/** The status of the kubelet's service; undefined without a service manager. */
export const kubeletUnit: Fact<ServiceStatus | undefined> = async ({ services, signal }) =>
  (await services.manager()) === "none" ? undefined : services.status(kubeletService, signal);

const logLines = 200;

/** The last lines that the kubelet logged, over all its starts. */
export const kubeletLog: Fact<readonly string[]> = async ({ services, signal }) =>
  (await services.manager()) === "none"
    ? []
    : services.journal(kubeletService, { lines: logLines, earlierStarts: true, signal });

export const kubeletFlags: Fact<KubeletFlags> = ({ files }) => readKubeletFlags(files);

export type KubeletConfigurationOnDisk =
  | { readonly state: "missing" }
  | { readonly state: "not-readable"; readonly error: FileError }
  | { readonly state: "invalid"; readonly error: KubeadmError }
  | { readonly state: "loaded"; readonly text: string; readonly configuration: KubeletConfiguration };

export const kubeletConfiguration: Fact<KubeletConfigurationOnDisk> = async ({ files }) => {
  try {
    const text = await files.readText(kubeletConfigurationPath);
    return { state: "loaded", text, configuration: decodeKubeletConfiguration(text) };
  } catch (error) {
    if (error instanceof FileError) {
      return error.code === "not-found" ? { state: "missing" } : { state: "not-readable", error };
    }
    if (isKubeadmError(error)) return { state: "invalid", error };
    throw error;
  }
};
