import { KubeadmError, withContext } from "../../errors/kubeadm-error.ts";
import type { ControlPlaneNode } from "../control-plane/control-plane-node.ts";
import { exists, loadCertificate, loadKeyPair, pairExists, placeOf, within } from "./certificate-files.ts";
import { type AuthorityName, authorities, hasAuthority, type LeafName, leaves } from "./certificate-table.ts";
import { warnOfValidity } from "./check-certificate.ts";
import { checkLeaf, type IssuingPorts, loadAuthority, makeAuthority, makeLeaf } from "./make-certificates.ts";

/** Makes a CA for init, or keeps the one that is there, with or without its key. */
export async function ensureAuthority(name: AuthorityName, node: ControlPlaneNode, ports: IssuingPorts): Promise<void> {
  const spec = authorities[name];
  const { baseName } = spec;
  if (!hasAuthority(node.cluster, name)) {
    return ports.events.emit("certificate.skipped", { name: baseName, kind: "authority" });
  }
  const place = placeOf(node.cluster.certificatesDir, baseName);
  const certificate = await loadable(place.certificate, ports);
  if (certificate === undefined) {
    await makeAuthority(spec, node.cluster, ports);
    return;
  }
  warnOfValidity(baseName, certificate, ports);
  if (!(await exists(place.key, ports.files))) {
    return ports.events.emit("certificate.kept", { name: baseName, kind: "keyless-authority" });
  }
  await within(`failure loading ${baseName} certificate`, loadKeyPair(place.key, ports.files));
  ports.events.emit("certificate.kept", { name: baseName, kind: "authority" });
}

/** Makes a certificate for init, or keeps the one that is there if it stands under its CA. */
export async function ensureLeaf(name: LeafName, node: ControlPlaneNode, ports: IssuingPorts): Promise<void> {
  const spec = leaves[name];
  const authority = authorities[spec.authority];
  const { certificatesDir } = node.cluster;
  if (!hasAuthority(node.cluster, spec.authority)) {
    return ports.events.emit("certificate.skipped", { name: spec.baseName, kind: "leaf" });
  }
  if (!(await pairExists(placeOf(certificatesDir, spec.baseName), ports.files))) {
    const issuer = await within(
      `couldn't load CA certificate ${authority.name}`,
      loadAuthority(authority, node.cluster, ports),
    );
    return makeLeaf(spec, node, issuer, ports);
  }
  const path = placeOf(certificatesDir, authority.baseName).certificate;
  const { certificate } = await within(
    `couldn't load CA certificate ${authority.name}`,
    loadCertificate(path, ports.files),
  );
  warnOfValidity(authority.baseName, certificate, ports);
  try {
    await checkLeaf(
      spec,
      node,
      { certificate, path },
      {
        ...ports,
        onMissingNames: "warning",
        notSigned: (reason) =>
          `[certs] certificate ${spec.baseName} not signed by CA certificate ${authority.baseName}: ${reason}`,
      },
    );
  } catch (error) {
    const isOfChain = error instanceof KubeadmError && error.message.startsWith("[certs]");
    throw isOfChain ? error : withContext(error, `failed to write or validate certificate "${spec.name}"`);
  }
  ports.events.emit("certificate.kept", { name: spec.baseName, kind: "leaf" });
}

async function loadable(path: string, ports: IssuingPorts) {
  if (!(await exists(path, ports.files))) return undefined;
  try {
    return (await loadCertificate(path, ports.files)).certificate;
  } catch (error) {
    // What cannot be read is never replaced: making the CA says what is in the way.
    if (error instanceof KubeadmError) return undefined;
    throw error;
  }
}
