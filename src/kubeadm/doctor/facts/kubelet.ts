import { isKubeadmError, type KubeadmError } from "../../../errors/kubeadm-error.ts";
import type { ServiceStatus } from "../../../host/service-manager.ts";
import { decodeKubeletConfiguration, type KubeletConfiguration } from "../../kubelet/kubelet-configuration.ts";
import { type KubeletFlags, readKubeletFlags } from "../../kubelet/kubelet-flags.ts";
import { kubeletService } from "../../kubelet/kubelet-service.ts";
import { kubeletConfigurationPath } from "../../paths.ts";
import type { Fact } from "../examination.ts";
import { type OnDisk, onDisk } from "./on-disk.ts";

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

export type KubeletConfigurationOnDisk = OnDisk<
  { readonly text: string; readonly configuration: KubeletConfiguration },
  KubeadmError
>;

export const kubeletConfiguration: Fact<KubeletConfigurationOnDisk> = ({ files }) =>
  onDisk(isKubeadmError, async () => {
    const text = await files.readText(kubeletConfigurationPath);
    return { text, configuration: decodeKubeletConfiguration(text) };
  });
