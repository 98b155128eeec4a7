import { KubeadmError } from "../../errors/kubeadm-error.ts";
import type { ControlPlaneNode } from "../control-plane/control-plane-node.ts";
import { exists, loadCertificate, type Place, pairExists, placeOf, within } from "./certificate-files.ts";
import { type AuthorityName, authorities, hasAuthority, leavesOf } from "./certificate-table.ts";
import { describeCertificate, requireValidAuthority } from "./check-certificate.ts";
import { checkKeptAuthority, checkKeptLeaf } from "./init-certificates.ts";
import { type CheckingPorts, loadAuthority } from "./make-certificates.ts";
import { checkKeptServiceAccountKeys } from "./service-account-keys.ts";

/**
 * Looks at all certificates and keys that are there already as the phases of init will, so that what is in their way is
 * refused before any of them has written a file. Throws what they would throw, CERTIFICATE_INVALID mostly.
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

/** The CA that init would make cannot have signed a certificate that is there already. */
async function withoutAuthority(
  baseName: string,
  { place, authority }: { readonly place: Place; readonly authority: Place },
  { files }: CheckingPorts,
): Promise<KubeadmError> {
  const found = (await exists(place.certificate, files))
    ? `${place.certificate} is ${describeCertificate((await loadCertificate(place.certificate, files)).certificate)}. `
    : "";
  return new KubeadmError(
    "CERTIFICATE_INVALID",
    `${baseName} is there already, and its CA ${authority.certificate} is not`,
    {
      details: { path: place.certificate },
      remedy: `${found}Put ${authority.certificate} and ${authority.key} of the CA that signed it in place, or move ${place.certificate} and ${place.key} away to have them made anew.`,
    },
  );
}
