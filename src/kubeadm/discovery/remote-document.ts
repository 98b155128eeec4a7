import { KubeadmError } from "../../errors/kubeadm-error.ts";
import type { Kubeconfig } from "../kubeconfig/kubeconfig.ts";

/**
 * Throws DISCOVERY_FILE_LOCAL_ACCESS if a kubeconfig from another machine names files or programs of this one: kubeadm
 * would run the programs as root, and send the content of the files to a server that the same document names.
 */
export function requireNoLocalAccess({ clusters, users }: Kubeconfig, url: string): void {
  const named = [
    ...clusters.flatMap(({ cluster }) => field("certificate-authority", cluster.certificateAuthority)),
    ...users.flatMap(({ user }) => [
      ...field("client-certificate", user.clientCertificate),
      ...field("client-key", user.clientKey),
      ...field("tokenFile", user.tokenFile),
      ...field("exec", user.exec?.command),
    ]),
  ];
  if (named.length === 0) return;
  const message = `the discovery file from ${url} names files or programs of this machine: ${named.join(", ")}`;
  throw new KubeadmError("DISCOVERY_FILE_LOCAL_ACCESS", message, { details: { url, named } });
}

function field(name: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [`${name} ${JSON.stringify(value)}`];
}
