import { anyOf, orElse, unlessAborted } from "../../async/or-else.ts";
import type { Cluster } from "../../cluster/cluster.ts";
import { RequestError } from "../../cluster/request-error.ts";
import { certificateSigningRequests } from "../../cluster/resources.ts";
import { isKubeadmError } from "../../errors/kubeadm-error.ts";
import type { Events } from "../../events/events.ts";
import { parseBool } from "../../go/bool.ts";
import { FileError } from "../../host/file-error.ts";
import type { Files } from "../../host/host.ts";
import { shell } from "../../values/shell.ts";
import { servingRequestSelector, stateOf } from "../bootstrap/certificate-request-state.ts";
import { lastValue } from "../config/fields/node-registration.ts";
import { kubeletConfigurationPath } from "../paths.ts";
import { decodeKubeletConfiguration } from "./kubelet-configuration.ts";
import type { KubeletArgument } from "./kubelet-environment.ts";

export interface ServingCertificatePorts {
  readonly files: Pick<Files, "readText">;
  readonly events: Events;
  readonly signal: AbortSignal;
  /** Client of an administrator, to count pending requests; opened only if the kubelet requests such a certificate. */
  readonly administrator?: () => Promise<Pick<Cluster, "list">>;
}

/**
 * Warns if the kubelet requests its serving certificate: no controller of Kubernetes approves such a request, and
 * without the certificate the kubelet accepts no connections. Reads the kubelet's configuration and flags.
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
    "does not approve such requests automatically. Until the request is approved, `kubectl logs` and `kubectl exec` fail for " +
    `Pods on this node. List the requests with \`${shell`kubectl get csr --field-selector ${servingRequestSelector}`}\`${counted}, ` +
    "check them, and run `kubectl certificate approve <name>`";
  ports.events.emit("warning", { message });
}

/** A kubelet flag wins over the configuration. */
async function requestsServingCertificate(
  extraArguments: readonly KubeletArgument[],
  files: Pick<Files, "readText">,
): Promise<boolean> {
  const flag = lastValue(extraArguments, "rotate-server-certificates");
  if (flag !== undefined) return flag === "" || parseBool(flag) === true;
  // No kubelet is configured here, or not by kubeadm: there is nothing to warn of.
  return orElse(false, anyOf(FileError, isKubeadmError), async () => {
    const configuration = decodeKubeletConfiguration(await files.readText(kubeletConfigurationPath));
    return configuration["serverTLSBootstrap"] === true;
  });
}

/** Returns undefined if the requests cannot be counted. */
async function countPending({ administrator, signal }: ServingCertificatePorts): Promise<number | undefined> {
  if (administrator === undefined) return undefined;
  return orElse(undefined, unlessAborted(signal, anyOf(RequestError, isKubeadmError)), async () => {
    const cluster = await administrator();
    const requests = await cluster.list(certificateSigningRequests, { fieldSelector: servingRequestSelector, signal });
    return requests.filter((request) => stateOf(request).state === "pending").length;
  });
}
