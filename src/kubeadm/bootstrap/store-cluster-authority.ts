import { KubeadmError } from "../../errors/kubeadm-error.ts";
import type { Events } from "../../events/events.ts";
import type { Files } from "../../host/host.ts";
import { mayExist } from "../../host/presence.ts";
import { describeCertificates } from "../../pki/ca-bundle.ts";
import { certificatesIn, publicKeyPin } from "../../pki/certificate.ts";
import { emitValidity } from "../certificates/emit-validity.ts";
import { inContext } from "../file-failure.ts";
import { clusterOf, type Kubeconfig } from "../kubeconfig/kubeconfig.ts";

/**
 * Writes the cluster's CA where the kubelet expects it. Keeps an existing file, as upstream does, but warns if it holds
 * other CAs: the kubelet would then refuse connections from the API server.
 */
export async function storeClusterAuthority(
  { path, bootstrap }: { readonly path: string; readonly bootstrap: Kubeconfig },
  { files, events }: { readonly files: Files; readonly events: Events },
): Promise<void> {
  const authority = clusterOf(bootstrap).certificateAuthorityData;
  if (authority === undefined) {
    throw new KubeadmError("DISCOVERY_FILE_INVALID", "couldn't save the CA certificate to disk: there is none");
  }
  if (!(await mayExist(path, files))) {
    await inContext("couldn't save the CA certificate to disk", async () => {
      await files.write(path, authority.pem, { mode: 0o644 });
    });
    const written = `CA certificates written to ${path}: ${describeCertificates(authority.certificates)}`;
    events.emit("log", { level: 1, area: "kubelet-start", message: written });
    for (const certificate of authority.certificates) emitValidity(certificate, { path, origin: "issued" }, events);
    return;
  }
  const kept = certificatesIn(await files.readText(path));
  const pins = new Set(kept.map(publicKeyPin));
  if (authority.certificates.some((certificate) => pins.has(publicKeyPin(certificate)))) {
    const held = `CA certificates kept in ${path}: ${describeCertificates(kept)}`;
    events.emit("log", { level: 1, area: "kubelet-start", message: held });
    for (const certificate of kept) emitValidity(certificate, { path, origin: "kept" }, events);
    return;
  }
  const message =
    `${path} is kept, but it is not the cluster's CA: ` +
    `${describeCertificates(kept) || "no certificate"} instead of ${describeCertificates(authority.certificates)}. ` +
    "With it the kubelet refuses connections from the API server, for example for logs and exec. Move it away, copy the file of another node there, and restart the kubelet";
  events.emit("warning", { area: "kubelet-start", message });
}
