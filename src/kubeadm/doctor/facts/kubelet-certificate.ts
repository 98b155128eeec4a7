import type { X509Certificate } from "node:crypto";
import { FileError } from "../../../host/file-error.ts";
import type { Files } from "../../../host/host.ts";
import { certificatesIn, hasKey } from "../../../pki/certificate.ts";
import { userOf } from "../../kubeconfig/kubeconfig.ts";
import type { Fact } from "../examination.ts";
import { bootstrapKubeconfig, kubeletKubeconfig } from "./kubeconfig.ts";

/** The certificate by which the kubelet is known to the API server. */
export type KubeletCertificate =
  /** The kubelet uses something else, such as a token; or it has no kubeconfig. */
  | { readonly state: "none" }
  /** A kubelet that bootstraps writes its kubeconfig first, and the certificate that this names when it gets it. */
  | { readonly state: "awaited" }
  | { readonly state: "missing"; readonly path: string }
  | { readonly state: "invalid"; readonly path: string; readonly reason: string }
  | {
      readonly state: "loaded";
      /** The file of the certificate, or the kubeconfig that it is embedded in. */
      readonly path: string;
      readonly leaf: X509Certificate;
      readonly intermediates: readonly X509Certificate[];
      readonly hasOwnKey: boolean;
    };

export const kubeletCertificate: Fact<KubeletCertificate> = async ({ files, once }) => {
  const own = await once(kubeletKubeconfig);
  if (own.state === "not-readable") throw own.error;
  const user = own.state === "loaded" ? userOf(own.kubeconfig) : undefined;
  if (own.state !== "loaded" || user === undefined) return { state: "none" };
  const path = user.clientCertificate ?? (user.clientCertificateData === undefined ? undefined : own.path);
  if (path === undefined) return { state: "none" };
  try {
    const pem = user.clientCertificateData ?? (await readPem(path, files));
    const key = user.clientKeyData?.reveal() ?? (await readPem(user.clientKey ?? path, files));
    const [leaf, ...intermediates] = certificatesIn(pem);
    if (leaf === undefined) return { state: "invalid", path, reason: "it contains no readable certificate" };
    return { state: "loaded", path, leaf, intermediates, hasOwnKey: hasKey(leaf, key) };
  } catch (error) {
    if (error instanceof FileError && error.code === "not-found") {
      const bootstraps = (await once(bootstrapKubeconfig)).state === "loaded";
      return bootstraps ? { state: "awaited" } : { state: "missing", path: error.path };
    }
    throw error;
  }
};

function readPem(path: string, files: Pick<Files, "readText">): Promise<string> {
  return files.readText(path);
}
