import { isKubeadmError } from "../../../errors/kubeadm-error.ts";
import { FileError } from "../../../host/file-error.ts";
import { type HttpProbe, NetworkError } from "../../../host/host.ts";
import { type HealthEndpoint, healthUrl, readKubeletHealthEndpoint } from "../../kubelet/health-endpoint.ts";
import type { Fact } from "../examination.ts";

/** What the kubelet's health endpoint on this machine answers. */
export type KubeletHealth =
  /** The kubelet's configuration names no endpoint, or cannot be read. */
  | { readonly state: "unknown" }
  | { readonly state: "answered"; readonly endpoint: HealthEndpoint; readonly answer: HttpProbe }
  | { readonly state: "silent"; readonly endpoint: HealthEndpoint; readonly error: NetworkError };

const probeTimeoutMs = 1_500;

export const kubeletHealth: Fact<KubeletHealth> = async ({ files, network, signal }) => {
  let endpoint: HealthEndpoint;
  try {
    endpoint = await readKubeletHealthEndpoint(files);
  } catch (error) {
    if (error instanceof FileError || isKubeadmError(error)) return { state: "unknown" };
    throw error;
  }
  if (endpoint.port === 0) return { state: "unknown" };
  try {
    const answer = await network.probe(healthUrl(endpoint), { signal, timeoutMs: probeTimeoutMs });
    return { state: "answered", endpoint, answer };
  } catch (error) {
    if (error instanceof NetworkError) return { state: "silent", endpoint, error };
    throw error;
  }
};
