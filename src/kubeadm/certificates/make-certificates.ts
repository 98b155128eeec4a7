import { X509Certificate } from "node:crypto";
import { KubeadmError, withContext } from "../../errors/kubeadm-error.ts";
import type { Events } from "../../events/events.ts";
import type { AlternativeNames } from "../../pki/certificate-extensions.ts";
import type { KeySource } from "../../pki/key-source.ts";
import { limitsWhatItSigns } from "../../pki/path-constraints.ts";
import { type Issuer, signAuthority, signLeaf } from "../../pki/sign-certificate.ts";
import { shell } from "../../values/shell.ts";
import type { ClusterConfiguration } from "../config/cluster/cluster-configuration.ts";
import { ownKeyRules } from "../config/fields/encryption-algorithms.ts";
import type { ControlPlaneNode } from "../control-plane/control-plane-node.ts";
import { inContext } from "../file-failure.ts";
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
import { emitValidityOf } from "./emit-validity.ts";

/** Certificates are valid from before their creation, because clocks differ. */
export const backdatingMs = 5 * 60_000;

/** What all certificates of one run share. */
export interface Issuance {
  /** One time for the whole run, so that its certificates expire together. */
  readonly now: Date;
  readonly keys: KeySource;
  /** Warnings already given: names of certificates for their validity, and the endpoint's port. */
  readonly warned: Set<string>;
}

export interface IssuingPorts extends Issuance {
  readonly files: Writer;
  readonly events: Events;
}

/** Ports for checking existing files; nothing is created or written. */
export interface CheckingPorts extends Omit<Issuance, "keys"> {
  readonly files: Reader;
  readonly events: Events;
}

export interface LoadedAuthority extends Issuer {
  readonly pem: string;
}

/**
 * Creates a CA, or loads an existing one: files are never overwritten. Throws CERTIFICATE_INVALID for an incomplete or
 * broken pair.
 */
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
  const period = validity(ports, cluster.caCertificateValidityPeriod);
  const pem = signAuthority({ commonName, keys, keyUsages: ownKeyRules.usages(keys.publicKey), ...period });
  await inContext(`failure while saving ${baseName} certificate and key`, () =>
    writePair(place, { keys, pem }, ports.files),
  );
  emitValidityOf({ path: place.certificate, subject: commonName, origin: "made", ...period }, ports.events);
  return { pem, certificate: new X509Certificate(pem), privateKey: keys.privateKey };
}

/** Loads the CA that must sign. Throws CERTIFICATE_AUTHORITY_MISSING or CERTIFICATE_INVALID with upstream's message. */
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
      remedy: `Create it with \`${shell`kubeadm init phase certs ${spec.name}`}\`, or put the cluster's own ${place.certificate} and ${place.key} there.`,
    });
  }
  return within(`failure loading ${baseName} certificate authority`, loadExistingAuthority(place, spec, ports));
}

/** Loads an existing CA. Throws CERTIFICATE_INVALID unless both files exist, match, and are a CA. */
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

/** Throws CERTIFICATE_INVALID for a certificate that may not sign others. */
export function requireAuthority(name: string, certificate: X509Certificate, path: string): void {
  if (certificateIsAuthority(certificate)) return;
  throw new KubeadmError("CERTIFICATE_INVALID", `certificate ${name} is not a CA`, {
    details: { path },
    remedy: `${path} is ${describeCertificate(certificate)}, which may not sign others. Put the right CA in its place, or move it and its key away, so that both are created again.`,
  });
}

/** Creates a certificate signed by its CA and writes it with its key. Neither file may exist. */
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
  const commonName = spec.commonName(node);
  const period = validity(ports, certificateValidityPeriod);
  const pem = signLeaf(
    {
      subject: { commonName },
      publicKey: keys.publicKey,
      keyUsages: ownKeyRules.usages(keys.publicKey),
      extendedKeyUsages,
      ...names,
      ...period,
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
      (reason) => `certificate ${baseName} would not be valid under CA certificate ${authorityPath}: ${reason}`,
    );
  }
  await inContext(`failed to write or validate certificate "${spec.name}"`, () =>
    inContext(`failure while saving ${baseName} certificate and key`, () =>
      writePair(place, { keys, pem }, ports.files),
    ),
  );
  emitValidityOf({ path: place.certificate, subject: commonName, origin: "made", ...period }, ports.events);
  if (!extendedKeyUsages.includes("server auth")) return;
  const { dnsNames = [], ipAddresses = [] } = names;
  ports.events.emit("certificate.serving", { name: baseName, dnsNames, ipAddresses });
}

/** Returns the names of the certificate. Throws CONFIG_INVALID if the configuration has no usable address. */
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
 * Checks an existing certificate: both files are readable, the key matches, the chain ends at the CA. Missing names
 * are an error if kubeadm alone determines the names, a warning if the user may have chosen them. Returns the
 * certificate.
 */
export async function checkLeaf(
  spec: LeafSpec,
  node: ControlPlaneNode,
  authority: { readonly certificate: X509Certificate; readonly path: string },
  ports: CheckingPorts & {
    readonly onMissingNames: "error" | "warning";
    /** Returns upstream's message for a certificate of another CA, from Go's reason. */
    readonly notSigned: (reason: string) => string;
  },
): Promise<X509Certificate> {
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
  if (problem === undefined) return leaf.certificate;
  if (ports.onMissingNames === "warning") {
    ports.events.emit("warning", {
      area: "certs",
      message: `certificate ${baseName} is kept unchanged, but: ${problem}`,
    });
    return leaf.certificate;
  }
  throw new KubeadmError("CERTIFICATE_INVALID", `certificate ${baseName} is invalid: ${problem}`, {
    details: { path: place.certificate },
    remedy: `Move ${place.certificate} and ${place.key} away, so that they are created again with the names of this node.`,
  });
}
