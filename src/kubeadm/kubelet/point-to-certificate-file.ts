import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { goQuote } from "../../go/quote.ts";
import type { Files } from "../../host/host.ts";
import type { Kubeconfig, UserEntry } from "../kubeconfig/kubeconfig.ts";
import { requireKubeconfig } from "../kubeconfig/read-kubeconfig.ts";
import { writeKubeconfig } from "../kubeconfig/write-kubeconfig.ts";
import { kubeletKubeconfigPath } from "../paths.ts";
import { nodeUser } from "./node-user.ts";

/**
 * Makes kubelet.conf reference the file with the kubelet's current certificate and key instead of embedding them, so
 * that the kubelet uses the certificates that it renews. Throws KUBECONFIG_INVALID if the file has no user for the
 * node.
 */
export async function pointToCertificateFile(
  { nodeName, certificatePath }: { readonly nodeName: string; readonly certificatePath: string },
  files: Pick<Files, "readText" | "write">,
): Promise<void> {
  const kubeconfig = await requireKubeconfig(files, kubeletKubeconfigPath);
  const content = writeKubeconfig(withCertificateFile(kubeconfig, nodeName, certificatePath));
  await files.write(kubeletKubeconfigPath, content, { mode: 0o600, secret: true });
}

function withCertificateFile(kubeconfig: Kubeconfig, nodeName: string, path: string): Kubeconfig {
  const userName = nodeUser(nodeName);
  if (!kubeconfig.users.some(({ name }) => name === userName)) {
    const message = `the file ${goQuote(kubeletKubeconfigPath)} does not contain authentication for user ${goQuote(nodeName)}`;
    throw new KubeadmError("KUBECONFIG_INVALID", message, { details: { path: kubeletKubeconfigPath, user: userName } });
  }
  const users = kubeconfig.users.map((entry) =>
    entry.name === userName ? { ...entry, user: ofFile(entry.user, path) } : entry,
  );
  return { ...kubeconfig, users };
}

function ofFile(user: UserEntry, path: string): UserEntry {
  const { clientCertificateData: _certificate, clientKeyData: _key, ...rest } = user;
  return { ...rest, clientCertificate: path, clientKey: path };
}
