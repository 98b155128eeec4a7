import type { X509Certificate } from "node:crypto";
import { KubeadmError, withContext } from "../../errors/kubeadm-error.ts";
import type { ControlPlaneNode } from "../control-plane/control-plane-node.ts";
import { exists, loadCertificate, type Place, pairExists, placeOf, within } from "./certificate-files.ts";
import { type AuthoritySpec, authorities, hasAuthority, type LeafSpec, leavesOf } from "./certificate-table.ts";
import { warnOfValidity } from "./check-certificate.ts";
import { emitValidity } from "./emit-validity.ts";
import {
  checkLeaf,
  type IssuingPorts,
  loadAuthority,
  makeAuthority,
  makeLeaf,
  requireAuthority,
} from "./make-certificates.ts";
import { makeServiceAccountKeys } from "./service-account-keys.ts";

/**
 * Creates the certificates of an additional control plane under the shared CAs. Existing certificates must fit this
 * node. A CA without its key signs nothing, so all its certificates must exist.
 */
export async function makeJoiningCertificates(node: ControlPlaneNode, ports: IssuingPorts): Promise<void> {
  const directory = node.cluster.certificatesDir;
  ports.events.emit("certificates.directory", { directory });
  const present = Object.values(authorities).filter(({ name }) => hasAuthority(node.cluster, name));
  ports.keys.prepareAtLeast(await countOfMissing(present, node, ports));
  try {
    for (const authority of present) await makeBelow(authority, node, ports);
  } catch (error) {
    throw withContext(error, "error creating PKI assets");
  }
  ports.events.emit("certificates.complete", { directory });
  await within("error creating PKI assets", makeServiceAccountKeys(node.cluster, ports));
}

/** Counts the keys to generate, so that they are generated concurrently. */
async function countOfMissing(
  present: readonly AuthoritySpec[],
  node: ControlPlaneNode,
  { files }: IssuingPorts,
): Promise<number> {
  const bases = present.flatMap(({ name, baseName }) => [baseName, ...leavesOf(name).map((leaf) => leaf.baseName)]);
  const found = await Promise.all(bases.map((base) => pairExists(placeOf(node.cluster.certificatesDir, base), files)));
  return found.filter((each) => !each).length;
}

async function makeBelow(spec: AuthoritySpec, node: ControlPlaneNode, ports: IssuingPorts): Promise<void> {
  const place = placeOf(node.cluster.certificatesDir, spec.baseName);
  if (!(await exists(place.certificate, ports.files))) {
    const message = `${place.certificate} does not exist: creating a new CA, which the other control planes do not trust`;
    ports.events.emit("warning", { area: "certs", message });
    const made = await makeAuthority(spec, node.cluster, ports);
    for (const leaf of leavesOf(spec.name)) await ensureLeaf(leaf, node, { ...made, place }, ports);
    return;
  }
  const { certificate } = await loadCertificate(place.certificate, ports.files);
  warnOfValidity(spec.baseName, certificate, ports);
  requireAuthority(JSON.stringify(spec.name), certificate, place.certificate);
  emitValidity(certificate, { path: place.certificate, origin: "kept" }, ports.events);
  if (!(await exists(place.key, ports.files))) return requireAll(spec, node, certificate, ports);
  const authority = await loadAuthority(spec, node.cluster, ports);
  for (const leaf of leavesOf(spec.name)) await ensureLeaf(leaf, node, { ...authority, place }, ports);
}

async function ensureLeaf(
  spec: LeafSpec,
  node: ControlPlaneNode,
  authority: Awaited<ReturnType<typeof loadAuthority>> & { readonly place: Place },
  ports: IssuingPorts,
): Promise<void> {
  if (!(await pairExists(placeOf(node.cluster.certificatesDir, spec.baseName), ports.files))) {
    return makeLeaf(spec, node, authority, ports);
  }
  const kept = await within(
    `failed to write or validate certificate ${JSON.stringify(spec.name)}`,
    check(spec, node, authority.certificate, authority.place, ports),
  );
  ports.events.emit("certificate.kept", { name: spec.baseName, kind: "joined-leaf" });
  const { certificate: path } = placeOf(node.cluster.certificatesDir, spec.baseName);
  emitValidity(kept, { path, origin: "kept" }, ports.events);
}

/** Checks that all certificates of a CA without key exist. Throws EXTERNAL_CA_INCOMPLETE. */
async function requireAll(
  spec: AuthoritySpec,
  node: ControlPlaneNode,
  authority: X509Certificate,
  ports: IssuingPorts,
): Promise<void> {
  const place = placeOf(node.cluster.certificatesDir, spec.baseName);
  for (const leaf of leavesOf(spec.name)) {
    try {
      await check(leaf, node, authority, place, ports);
    } catch (error) {
      if (!(error instanceof KubeadmError)) throw error;
      const names = `certificate ${JSON.stringify(leaf.name)} or validate the existence of key ${JSON.stringify(spec.name)} for it`;
      throw new KubeadmError("EXTERNAL_CA_INCOMPLETE", `could not load expected ${names}: ${error.message}`, {
        cause: error,
        details: error.details,
      });
    }
  }
}

async function check(
  spec: LeafSpec,
  node: ControlPlaneNode,
  certificate: X509Certificate,
  place: Place,
  ports: IssuingPorts,
): Promise<X509Certificate> {
  return checkLeaf(
    spec,
    node,
    { certificate, path: place.certificate },
    {
      ...ports,
      onMissingNames: "error",
      notSigned: (reason) => `certificate ${spec.baseName} is not signed by corresponding CA: ${reason}`,
    },
  );
}
