import { KubeadmError, messageOf } from "../../errors/kubeadm-error.ts";
import { Secret } from "../../errors/secret.ts";
import type { CaBundle } from "../../pki/ca-bundle.ts";
import { publicKeyPin } from "../../pki/certificate.ts";
import { defined } from "../../values/defined.ts";
import { part, type ShellPart, shell } from "../../values/shell.ts";
import { clusterOf, type Kubeconfig, KubeconfigError } from "../kubeconfig/kubeconfig.ts";

export interface JoinCommandOptions {
  /** The whole token, or a placeholder. */
  readonly token: Secret;
  /** If set, the command joins a control plane. */
  readonly controlPlane?: { readonly certificateKey?: Secret };
  /** Path of the kubeconfig, for messages. */
  readonly path: string;
}

/** Placeholder for a value that must not be printed. */
export const withheld = new Secret(part`<value withheld>`.text);

/**
 * Returns the command line that joins a node, as upstream prints it, including the trailing blank. The server and the
 * pinned CAs are those of the kubeconfig, whose files must be embedded.
 */
export function joinCommandLine(kubeconfig: Kubeconfig, options: JoinCommandOptions): Secret {
  const { controlPlane, token } = options;
  const { server, certificateAuthorityData } = clusterEntryOf(kubeconfig, options.path);
  const pins = pinsOf(certificateAuthorityData, options.path);
  const key = controlPlane?.certificateKey;
  return new Secret(
    shell`kubeadm join ${server.replaceAll("https://", "")} --token ${shown(token)} ` +
      pins.map((pin) => shell`--discovery-token-ca-cert-hash ${pin} `).join("") +
      (controlPlane === undefined ? "" : "--control-plane ") +
      (key === undefined ? "" : shell`--certificate-key ${shown(key)}`),
  );
}

/** The placeholder stands as upstream prints it: scripts look for these words, and no shell may run them. */
function shown(value: Secret): string | ShellPart {
  return value === withheld ? part`<value withheld>` : value.reveal();
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
