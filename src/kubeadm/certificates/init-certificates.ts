import type { X509Certificate } from "node:crypto";
import { orElse } from "../../async/or-else.ts";
import { KubeadmError, withContext } from "../../errors/kubeadm-error.ts";
import type { ControlPlaneNode } from "../control-plane/control-plane-node.ts";
import { exists, loadCertificate, loadKeyPair, type Place, pairExists, placeOf, within } from "./certificate-files.ts";
import {
  type AuthorityName,
  type AuthoritySpec,
  authorities,
  hasAuthority,
  type LeafName,
  leaves,
} from "./certificate-table.ts";
import { warnOfValidity } from "./check-certificate.ts";
import { emitValidity } from "./emit-validity.ts";
import {
  type CheckingPorts,
  checkLeaf,
  type IssuingPorts,
  loadAuthority,
  loadExistingAuthority,
  makeAuthority,
  makeLeaf,
} from "./make-certificates.ts";

/** Creates a CA for init, or keeps an existing one, with or without its key. */
export async function ensureAuthority(name: AuthorityName, node: ControlPlaneNode, ports: IssuingPorts): Promise<void> {
  const spec = authorities[name];
  const { baseName } = spec;
  if (!hasAuthority(node.cluster, name)) {
    return ports.events.emit("certificate.skipped", { name: baseName, kind: "authority" });
  }
  const place = placeOf(node.cluster.certificatesDir, baseName);
  if (!(await exists(place.certificate, ports.files))) {
    await makeAuthority(spec, node.cluster, ports);
    return;
  }
  const { kind, certificate } = await checkKeptAuthority(spec, place, ports);
  ports.events.emit("certificate.kept", { name: baseName, kind });
  emitValidity(certificate, { path: place.certificate, origin: "kept" }, ports.events);
}

/** Checks that an existing CA can be kept, with or without its key. Throws CERTIFICATE_INVALID. */
export async function checkKeptAuthority(
  spec: AuthoritySpec,
  place: Place,
  ports: CheckingPorts,
): Promise<{ readonly kind: "authority" | "keyless-authority"; readonly certificate: X509Certificate }> {
  const problem = `failure loading ${spec.baseName} certificate`;
  const certificate = await loadable(place.certificate, ports);
  if (certificate === undefined) {
    const loaded = await within(problem, loadExistingAuthority(place, spec, ports));
    return { kind: "authority", certificate: loaded.certificate };
  }
  warnOfValidity(spec.baseName, certificate, ports);
  if (!(await exists(place.key, ports.files))) return { kind: "keyless-authority", certificate };
  await within(problem, loadKeyPair(place.key, ports.files));
  return { kind: "authority", certificate };
}

/** Creates a certificate for init, or keeps an existing one if its CA signed it. */
export async function ensureLeaf(name: LeafName, node: ControlPlaneNode, ports: IssuingPorts): Promise<void> {
  const spec = leaves[name];
  const authority = authorities[spec.authority];
  if (!hasAuthority(node.cluster, spec.authority)) {
    return ports.events.emit("certificate.skipped", { name: spec.baseName, kind: "leaf" });
  }
  if (!(await pairExists(placeOf(node.cluster.certificatesDir, spec.baseName), ports.files))) {
    const issuer = await within(
      `couldn't load CA certificate ${authority.name}`,
      loadAuthority(authority, node.cluster, ports),
    );
    return makeLeaf(spec, node, issuer, ports);
  }
  const kept = await checkKeptLeaf(name, node, ports);
  ports.events.emit("certificate.kept", { name: spec.baseName, kind: "leaf" });
  const { certificate: path } = placeOf(node.cluster.certificatesDir, spec.baseName);
  emitValidity(kept, { path, origin: "kept" }, ports.events);
}

/** Returns an existing certificate that can be kept. Throws CERTIFICATE_INVALID; warns of missing names. */
export async function checkKeptLeaf(
  name: LeafName,
  node: ControlPlaneNode,
  ports: CheckingPorts,
): Promise<X509Certificate> {
  const spec = leaves[name];
  const authority = authorities[spec.authority];
  const path = placeOf(node.cluster.certificatesDir, authority.baseName).certificate;
  const { certificate } = await within(
    `couldn't load CA certificate ${authority.name}`,
    loadCertificate(path, ports.files),
  );
  warnOfValidity(authority.baseName, certificate, ports);
  try {
    return await checkLeaf(
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
}

async function loadable(path: string, ports: CheckingPorts) {
  if (!(await exists(path, ports.files))) return undefined;
  // An unreadable file is never replaced; creating the CA reports it.
  return orElse(undefined, KubeadmError, async () => (await loadCertificate(path, ports.files)).certificate);
}
