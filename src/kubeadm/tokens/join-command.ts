import { KubeadmError, messageOf } from "../../errors/kubeadm-error.ts";
import { Secret } from "../../errors/secret.ts";
import { parseCertificates, publicKeyPin } from "../../pki/certificate.ts";
import type { BootstrapToken } from "../apis/bootstrap-token.ts";
import { clusterOf, type Kubeconfig, KubeconfigError } from "../kubeconfig/kubeconfig.ts";
import { tokenText } from "./generate-token.ts";

export interface JoinCommandOptions {
  readonly token: BootstrapToken;
  /** With one the line is for a control plane. */
  readonly certificateKey?: Secret;
  /** Where the kubeconfig came from, for messages. */
  readonly path: string;
}

/**
 * The command line that joins a node, as upstream prints it, blank at the end included: its server and the CAs whose
 * keys it pins are those of the kubeconfig, whose files must have been embedded.
 */
export function joinCommandLine(kubeconfig: Kubeconfig, options: JoinCommandOptions): Secret {
  const { certificateKey, token } = options;
  const { server, certificateAuthorityData } = clusterEntryOf(kubeconfig, options.path);
  const pins = pinsOf(certificateAuthorityData, options.path);
  return new Secret(
    `kubeadm join ${server.replaceAll("https://", "")} --token ${tokenText(token).reveal()} ` +
      pins.map((pin) => `--discovery-token-ca-cert-hash ${pin} `).join("") +
      (certificateKey === undefined ? "" : `--control-plane --certificate-key ${certificateKey.reveal()}`),
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

function pinsOf(authority: string | undefined, path: string): readonly string[] {
  if (authority === undefined) throw unusable("no CA certificates found in kubeconfig", path);
  try {
    const pins = parseCertificates(authority).map(publicKeyPin);
    if (pins.length > 0) return pins;
  } catch (error) {
    throw unusable(`failed to parse CA certificate from kubeconfig: ${messageOf(error)}`, path, error);
  }
  throw unusable("failed to parse CA certificate from kubeconfig: data does not contain any valid certificates", path);
}

function unusable(reason: string, path: string, cause?: unknown): KubeadmError {
  return new KubeadmError("KUBECONFIG_INVALID", `failed to get join command: ${reason}`, {
    details: { path },
    ...(cause === undefined ? {} : { cause }),
  });
}
