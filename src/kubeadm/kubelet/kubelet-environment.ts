import { goQuote } from "../../go/quote.ts";
import { formatTaint, type Taint } from "../../kubernetes/taint.ts";
import { lastValue } from "../config/fields/node-registration.ts";
import { kubeletPkiDirectory } from "../paths.ts";

export interface KubeletArgument {
  readonly name: string;
  readonly value: string;
}

export interface KubeletEnvironmentOptions {
  readonly nodeName: string;
  /** The kubelet's default Node name: the machine's name in lower case. */
  readonly hostname: string;
  /** Control planes are tainted later, by mark-control-plane. */
  readonly isControlPlane: boolean;
  readonly taints: readonly Taint[];
  /** The CRI socket, if the cluster does not keep it in the node's instance configuration (clusters up to 1.36). */
  readonly containerRuntimeEndpoint?: string;
  /**
   * kubeletExtraArgs of the NodeRegistration; an argument replaces the default of its name, duplicates are kept
   * (1.35+).
   */
  readonly extraArguments: readonly KubeletArgument[];
}

/** Returns the content of kubeadm-flags.env: defaults sorted by name, then the extra arguments in the user's order. */
export function kubeletEnvironment(options: KubeletEnvironmentOptions): string {
  const replaced = new Set(options.extraArguments.map(({ name }) => name));
  const defaults = defaultArguments(options).filter(({ name }) => !replaced.has(name));
  const all = [...defaults, ...options.extraArguments].map(({ name, value }) => `--${name}=${value}`);
  return `KUBELET_KUBEADM_ARGS=${goQuote(all.join(" "))}\n`;
}

function defaultArguments(options: KubeletEnvironmentOptions): readonly KubeletArgument[] {
  const found: KubeletArgument[] = [];
  if (options.containerRuntimeEndpoint !== undefined) {
    found.push({ name: "container-runtime-endpoint", value: options.containerRuntimeEndpoint });
  }
  const name = effectiveNodeName(options.nodeName, options.extraArguments);
  if (name !== options.hostname) found.push({ name: "hostname-override", value: name });
  if (!options.isControlPlane && options.taints.length > 0) {
    found.push({ name: "register-with-taints", value: options.taints.map(formatTaint).join(",") });
  }
  return found;
}

/** Returns the name that the kubelet registers: a hostname-override argument wins over the configured name. */
export function effectiveNodeName(nodeName: string, extraArguments: readonly KubeletArgument[]): string {
  return lastValue(extraArguments, "hostname-override") ?? nodeName;
}

/** Returns the kubelet's certificate directory: its `cert-dir` argument or the default, without trailing slashes. */
export function kubeletCertificateDirectory(extraArguments: readonly KubeletArgument[]): string {
  return (lastValue(extraArguments, "cert-dir") ?? kubeletPkiDirectory).replace(/\/+$/, "");
}
