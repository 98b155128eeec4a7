import { X509Certificate } from "node:crypto";
import { KubeadmError, withContext } from "../../errors/kubeadm-error.ts";
import type { Events } from "../../events/events.ts";
import type { AlternativeNames } from "../../pki/certificate-extensions.ts";
import type { KeySource } from "../../pki/key-source.ts";
import { limitsWhatItSigns } from "../../pki/path-constraints.ts";
import { type Issuer, signAuthority, signLeaf } from "../../pki/sign-certificate.ts";
import type { ClusterConfiguration } from "../config/cluster/cluster-configuration.ts";
import type { ControlPlaneNode } from "../control-plane/control-plane-node.ts";
import {
  loadCertificate,
  loadKeyPair,
  loadPair,
  type Place,
  pairExists,
  placeOf,
  type Reader,
  type Writer,
  within,
  writePair,
} from "./certificate-files.ts";
import { type AuthoritySpec, authorities, type LeafSpec } from "./certificate-table.ts";
import {
  certificateIsAuthority,
  describeCertificate,
  missingNames,
  requireOwnKey,
  requireUnderAuthority,
  warnOfValidity,
} from "./check-certificate.ts";

/** Certificates begin before they are made, since clocks differ. */
const backdatingMs = 5 * 60_000;

/** What all certificates of one run have in common. */
export interface Issuance {
  /** One time for the whole run, so that its certificates end together. */
  readonly now: Date;
  readonly keys: KeySource;
  /** What was warned of, and need not be again: names of certificates for their validity, and the endpoint's port. */
  readonly warned: Set<string>;
}

export interface IssuingPorts extends Issuance {
  readonly files: Writer;
  readonly events: Events;
}

/** For looking at what is there already; nothing is made or written. */
export interface CheckingPorts extends Omit<Issuance, "keys"> {
  readonly files: Reader;
  readonly events: Events;
}

export interface LoadedAuthority extends Issuer {
  readonly pem: string;
}

/** Makes a CA. Files that are there are never overwritten; an incomplete or broken pair is CERTIFICATE_INVALID. */
export async function makeAuthority(
  spec: AuthoritySpec,
  cluster: ClusterConfiguration,
  ports: IssuingPorts,
): Promise<LoadedAuthority> {
  const { baseName, commonName } = spec;
  const place = placeOf(cluster.certificatesDir, baseName);
  if (await pairExists(place, ports.files)) {
    return within(`failure loading ${baseName} certificate`, loadExistingAuthority(place, spec, ports));
  }
  ports.events.emit("certificate.generating", { name: baseName });
  const keys = await ports.keys.take();
  const pem = signAuthority({ commonName, keys, ...validity(ports, cluster.caCertificateValidityPeriod) });
  await writePair(place, { keys, pem }, ports.files);
  return { pem, certificate: new X509Certificate(pem), privateKey: keys.privateKey };
}

/** The CA that has to sign. Throws CERTIFICATE_AUTHORITY_MISSING or CERTIFICATE_INVALID, as upstream words it. */
export async function loadAuthority(
  spec: AuthoritySpec,
  { certificatesDir }: Pick<ClusterConfiguration, "certificatesDir">,
  ports: CheckingPorts,
): Promise<LoadedAuthority> {
  const { baseName } = spec;
  const place = placeOf(certificatesDir, baseName);
  if (!(await pairExists(place, ports.files))) {
    const message = `couldn't load ${baseName} certificate authority from ${certificatesDir}`;
    throw new KubeadmError("CERTIFICATE_AUTHORITY_MISSING", message, {
      details: { path: place.certificate },
      remedy: `Make it with \`kubeadm init phase certs ${spec.name}\`, or put the cluster's own ${place.certificate} and ${place.key} there.`,
    });
  }
  return within(`failure loading ${baseName} certificate authority`, loadExistingAuthority(place, spec, ports));
}

/** A CA of which a file is there. Throws CERTIFICATE_INVALID unless both are, belong together and may sign. */
export async function loadExistingAuthority(
  place: Place,
  { baseName }: AuthoritySpec,
  ports: CheckingPorts,
): Promise<LoadedAuthority> {
  const { pem, certificate, keys } = await loadPair(place, ports.files);
  warnOfValidity(baseName, certificate, ports);
  requireAuthority(baseName, certificate, place.certificate);
  requireOwnKey(certificate, keys.privateKey, { certificatePath: place.certificate, keyPath: place.key });
  return { pem, certificate, privateKey: keys.privateKey };
}

/** Throws CERTIFICATE_INVALID for a certificate that must not sign others. */
export function requireAuthority(name: string, certificate: X509Certificate, path: string): void {
  if (certificateIsAuthority(certificate)) return;
  throw new KubeadmError("CERTIFICATE_INVALID", `certificate ${name} is not a CA`, {
    details: { path },
    remedy: `${path} is ${describeCertificate(certificate)}, and is not made to sign others. Put the right CA in its place, or move it and its key away to have both made anew.`,
  });
}

/** Makes a certificate under its CA and writes it beside its key. Nothing may be in their place. */
export async function makeLeaf(
  spec: LeafSpec,
  node: ControlPlaneNode,
  authority: LoadedAuthority,
  ports: IssuingPorts,
): Promise<void> {
  const { baseName, extendedKeyUsages } = spec;
  const { certificatesDir, certificateValidityPeriod } = node.cluster;
  const names = namesOf(spec, node, ports.events);
  ports.events.emit("certificate.generating", { name: baseName });
  const keys = await ports.keys.take();
  const pem = signLeaf(
    {
      subject: { commonName: spec.commonName(node) },
      publicKey: keys.publicKey,
      extendedKeyUsages,
      ...names,
      ...validity(ports, certificateValidityPeriod),
    },
    authority,
  );
  const place = placeOf(certificatesDir, baseName);
  if (limitsWhatItSigns(authority.certificate)) {
    const leaf = { pem, certificate: new X509Certificate(pem), intermediates: [] };
    const authorityPath = placeOf(certificatesDir, authorities[spec.authority].baseName).certificate;
    requireUnderAuthority(
      { leaf, leafPath: place.certificate, authority: authority.certificate, authorityPath, usages: extendedKeyUsages },
      ports.now,
      (reason) => `certificate ${baseName} would be of no use under CA certificate ${authorityPath}: ${reason}`,
    );
  }
  await writePair(place, { keys, pem }, ports.files);
  if (!extendedKeyUsages.includes("server auth")) return;
  const { dnsNames = [], ipAddresses = [] } = names;
  ports.events.emit("certificate.serving", { name: baseName, dnsNames, ipAddresses });
}

/** Throws CONFIG_INVALID where the configuration has no usable address for them. */
export function namesOf(spec: LeafSpec, node: ControlPlaneNode, events: Events): AlternativeNames {
  try {
    return spec.alternativeNames?.(node, events) ?? {};
  } catch (error) {
    throw withContext(error, `couldn't create ${JSON.stringify(spec.name)} certificate`);
  }
}

export function validity({ now }: Pick<Issuance, "now">, periodMs: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(now.getTime() - backdatingMs), notAfter: new Date(now.getTime() + periodMs) };
}

/**
 * Checks a certificate that is there already: both files readable, the key its own, the chain leading to the CA. Missing
 * names are an error where the caller made the certificate's names itself, a warning where the user may have chosen them.
 */
export async function checkLeaf(
  spec: LeafSpec,
  node: ControlPlaneNode,
  authority: { readonly certificate: X509Certificate; readonly path: string },
  ports: CheckingPorts & {
    readonly onMissingNames: "error" | "warning";
    /** Upstream's words for a certificate of another CA, from Go's reason. */
    readonly notSigned: (reason: string) => string;
  },
): Promise<void> {
  const { baseName } = spec;
  const { certificatesDir } = node.cluster;
  const place = placeOf(certificatesDir, baseName);
  const keys = await within(`failure loading ${baseName} key`, loadKeyPair(place.key, ports.files));
  const leaf = await within(`failure loading ${baseName} certificate`, loadCertificate(place.certificate, ports.files));
  warnOfValidity(baseName, leaf.certificate, ports);
  requireUnderAuthority(
    {
      leaf,
      leafPath: place.certificate,
      authority: authority.certificate,
      authorityPath: authority.path,
      usages: spec.extendedKeyUsages,
    },
    ports.now,
    ports.notSigned,
  );
  requireOwnKey(leaf.certificate, keys.privateKey, { certificatePath: place.certificate, keyPath: place.key });
  const [problem] = missingNames(leaf.certificate, namesOf(spec, node, ports.events));
  if (problem === undefined) return;
  if (ports.onMissingNames === "warning") {
    ports.events.emit("warning", {
      area: "certs",
      message: `certificate ${baseName} is kept as it is, but: ${problem}`,
    });
    return;
  }
  throw new KubeadmError("CERTIFICATE_INVALID", `certificate ${baseName} is invalid: ${problem}`, {
    details: { path: place.certificate },
    remedy: `Move ${place.certificate} and ${place.key} away to have them made anew with the names of this node.`,
  });
}
