import { KubeadmError, messageOf } from "../../errors/kubeadm-error.ts";
import { Secret } from "../../errors/secret.ts";
import type { CaBundle } from "../../pki/ca-bundle.ts";
import { publicKeyPin } from "../../pki/certificate.ts";
import { defined } from "../../values/defined.ts";
import { clusterOf, type Kubeconfig, KubeconfigError } from "../kubeconfig/kubeconfig.ts";

export interface JoinCommandOptions {
  /** The whole token, or what stands in its place. */
  readonly token: Secret;
  /** With it the line is for a control plane. */
  readonly controlPlane?: { readonly certificateKey?: Secret };
  /** Where the kubeconfig came from, for messages. */
  readonly path: string;
}

/** Stands in the place of what is not to be shown. */
export const withheld = new Secret("<value withheld>");

/**
 * The command line that joins a node, as upstream prints it, blank at the end included: its server and the CAs whose
 * keys it pins are those of the kubeconfig, whose files must have been embedded.
 */
export function joinCommandLine(kubeconfig: Kubeconfig, options: JoinCommandOptions): Secret {
  const { controlPlane, token } = options;
  const { server, certificateAuthorityData } = clusterEntryOf(kubeconfig, options.path);
  const pins = pinsOf(certificateAuthorityData, options.path);
  const key = controlPlane?.certificateKey;
  return new Secret(
    `kubeadm join ${server.replaceAll("https://", "")} --token ${token.reveal()} ` +
      pins.map((pin) => `--discovery-token-ca-cert-hash ${pin} `).join("") +
      (controlPlane === undefined ? "" : "--control-plane ") +
      (key === undefined ? "" : `--certificate-key ${key.reveal()}`),
  );
}

function clusterEntryOf(kubeconfig: Kubeconfig, path: string) {
  try {
    return clusterOf(kubeconfig);
  } catch (error) {
    if (!(error instanceof KubeconfigError)) throw error;
    throw unusable(`malformed kubeconfig file: ${path}: ${error.message}`, path, error);
  }
}

function pinsOf(authority: CaBundle | undefined, path: string): readonly string[] {
  if (authority === undefined) throw unusable("no CA certificates found in kubeconfig", path);
  try {
    return authority.certificates.map(publicKeyPin);
  } catch (error) {
    throw unusable(`failed to parse CA certificate from kubeconfig: ${messageOf(error)}`, path, error);
  }
}

function unusable(reason: string, path: string, cause?: unknown): KubeadmError {
  return new KubeadmError("KUBECONFIG_INVALID", `failed to get join command: ${reason}`, {
    details: { path },
    ...defined({ cause }),
  });
}
