import { ApiStatusError, type Cluster } from "../../cluster/cluster.ts";
import { certificateSigningRequests } from "../../cluster/resources.ts";
import { TransportError } from "../../cluster/transport.ts";
import { isKubeadmError } from "../../errors/kubeadm-error.ts";
import type { Events } from "../../events/events.ts";
import { FileError, type Files } from "../../host/host.ts";
import { stateOf } from "../bootstrap/certificate-request-state.ts";
import { lastValue } from "../config/fields/node-registration.ts";
import { kubeletConfigurationPath } from "../paths.ts";
import { decodeKubeletConfiguration } from "./kubelet-configuration.ts";
import type { KubeletArgument } from "./kubelet-environment.ts";

const fieldSelector = "spec.signerName=kubernetes.io/kubelet-serving";

export interface ServingCertificatePorts {
  readonly files: Pick<Files, "readText">;
  readonly events: Events;
  readonly signal: AbortSignal;
  /** Of an administrator, to count what is pending; it is only asked for where the kubelet requests such a certificate. */
  readonly administrator?: () => Promise<Pick<Cluster, "list">>;
}

/**
 * Says that the kubelet requests its serving certificate, where it does so: no controller of Kubernetes approves such a
 * request, and without the certificate the kubelet takes no connections. Goes by what the kubelet was given.
 */
export async function warnOfServingCertificate(
  extraArguments: readonly KubeletArgument[],
  ports: ServingCertificatePorts,
): Promise<void> {
  if (!(await requestsServingCertificate(extraArguments, ports.files))) return;
  const pending = await countPending(ports);
  const counted = pending === undefined ? "" : ` (pending now: ${pending})`;
  const message =
    "the kubelet of this node requests its serving certificate from the cluster (serverTLSBootstrap), and Kubernetes " +
    "does not approve such requests by itself. Until the request is approved, `kubectl logs` and `kubectl exec` fail for " +
    `Pods on this node. List the requests with \`kubectl get csr --field-selector ${fieldSelector}\`${counted}, ` +
    "check them, and run `kubectl certificate approve <name>`";
  ports.events.emit("warning", { message });
}

/** A flag of the kubelet wins over its configuration. */
async function requestsServingCertificate(
  extraArguments: readonly KubeletArgument[],
  files: Pick<Files, "readText">,
): Promise<boolean> {
  const flag = lastValue(extraArguments, "rotate-server-certificates");
  if (flag !== undefined) return ["", "1", "t", "T", "true", "TRUE", "True"].includes(flag);
  try {
    const configuration = decodeKubeletConfiguration(await files.readText(kubeletConfigurationPath));
    return configuration["serverTLSBootstrap"] === true;
  } catch (error) {
    // Nobody has configured a kubelet here, or by hand: there is nothing to say of it.
    if (error instanceof FileError || isKubeadmError(error)) return false;
    throw error;
  }
}

/** Undefined where nobody can say. */
async function countPending({ administrator, signal }: ServingCertificatePorts): Promise<number | undefined> {
  if (administrator === undefined) return undefined;
  try {
    const cluster = await administrator();
    const requests = await cluster.list(certificateSigningRequests, { fieldSelector, signal });
    return requests.filter((request) => stateOf(request).state === "pending").length;
  } catch (error) {
    if (signal.aborted) throw error;
    if (error instanceof ApiStatusError || error instanceof TransportError || isKubeadmError(error)) return undefined;
    throw error;
  }
}
