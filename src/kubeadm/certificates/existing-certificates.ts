import { KubeadmError } from "../../errors/kubeadm-error.ts";
import type { ControlPlaneNode } from "../control-plane/control-plane-node.ts";
import { exists, loadCertificate, type Place, pairExists, placeOf, within } from "./certificate-files.ts";
import { type AuthorityName, authorities, hasAuthority, leavesOf } from "./certificate-table.ts";
import { describeCertificate, requireValidAuthority } from "./check-certificate.ts";
import { checkKeptAuthority, checkKeptLeaf } from "./init-certificates.ts";
import { type CheckingPorts, loadAuthority } from "./make-certificates.ts";
import { checkKeptServiceAccountKeys } from "./service-account-keys.ts";

/**
 * Checks all existing certificates and keys as the phases of init will, so that conflicts are refused before any phase
 * writes a file. Throws the errors of the phases, mostly CERTIFICATE_INVALID.
 */
export async function checkExistingCertificates(node: ControlPlaneNode, ports: CheckingPorts): Promise<void> {
  const names: readonly AuthorityName[] = ["ca", "front-proxy-ca", "etcd-ca"];
  for (const name of names.filter((each) => hasAuthority(node.cluster, each))) await checkBelow(name, node, ports);
  await checkKeptServiceAccountKeys(node.cluster, ports.files);
}

async function checkBelow(name: AuthorityName, node: ControlPlaneNode, ports: CheckingPorts): Promise<void> {
  const { certificatesDir } = node.cluster;
  const spec = authorities[name];
  const authority = placeOf(certificatesDir, spec.baseName);
  const hasOne = await pairExists(authority, ports.files);
  if (hasOne) {
    await checkKeptAuthority(spec, authority, ports);
    const { certificate } = await loadCertificate(authority.certificate, ports.files);
    requireValidAuthority(spec.baseName, certificate, { path: authority.certificate, now: ports.now });
  }
  for (const leaf of leavesOf(name)) {
    const place = placeOf(certificatesDir, leaf.baseName);
    if (!(await pairExists(place, ports.files))) {
      if (hasOne) await within(`couldn't load CA certificate ${name}`, loadAuthority(spec, node.cluster, ports));
    } else if (hasOne) await checkKeptLeaf(leaf.name, node, ports);
    else throw await withoutAuthority(leaf.baseName, { place, authority }, ports);
  }
}

/** Throws if a certificate exists whose CA does not: the CA that init would create cannot have signed it. */
async function withoutAuthority(
  baseName: string,
  { place, authority }: { readonly place: Place; readonly authority: Place },
  { files }: CheckingPorts,
): Promise<KubeadmError> {
  const found = (await exists(place.certificate, files))
    ? `${place.certificate} is ${describeCertificate((await loadCertificate(place.certificate, files)).certificate)}. `
    : "";
  return new KubeadmError("CERTIFICATE_INVALID", `${baseName} exists, but its CA ${authority.certificate} does not`, {
    details: { path: place.certificate },
    remedy: `${found}Put ${authority.certificate} and ${authority.key} of the CA that signed it in place, or move ${place.certificate} and ${place.key} away, so that they are created again.`,
  });
}
