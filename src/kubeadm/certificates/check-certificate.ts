import type { KeyObject, X509Certificate } from "node:crypto";
import { KubeadmError } from "../../errors/kubeadm-error.ts";
import type { Events } from "../../events/events.ts";
import { goTime } from "../../go/time.ts";
import { certificateContent } from "../../pki/certificate-content.ts";
import type { AlternativeNames, ExtendedKeyUsage } from "../../pki/certificate-extensions.ts";
import { maySignCertificates } from "../../pki/path-constraints.ts";
import { isNamed } from "../../pki/server-identity.ts";
import { ChainError, rfc3339, verifyChain } from "../../pki/verify-chain.ts";
import type { LoadedCertificate } from "./certificate-files.ts";

/** Context of the run for checks. */
export interface Checking {
  readonly now: Date;
  /** Names of certificates whose validity was warned of; each is reported once. */
  readonly warned: Set<string>;
  readonly events: Events;
}

/** Warns of a certificate that is not valid now. Not an error, as upstream, because the clock may be wrong. */
export function warnOfValidity(name: string, certificate: X509Certificate, { now, warned, events }: Checking): void {
  const problem = validityProblem(certificate, now);
  if (problem === undefined || warned.has(name)) return;
  warned.add(name);
  events.emit("warning", { message: `WARNING: could not validate bounds for certificate ${name}: ${problem}` });
}

/** Throws CERTIFICATE_INVALID for a CA that is not valid now: nothing would trust what it signs. */
export function requireValidAuthority(
  name: string,
  certificate: X509Certificate,
  { path, now }: { readonly path: string; readonly now: Date },
): void {
  const problem = validityProblem(certificate, now);
  if (problem === undefined) return;
  throw new KubeadmError("CERTIFICATE_INVALID", `could not validate bounds for certificate ${name}: ${problem}`, {
    details: { path },
    remedy: `${path} is ${describeCertificate(certificate)}; by this machine's clock it is ${rfc3339(now)}. If the clock is right, put a valid CA in its place, or move all certificates and kubeconfigs of the old one away, so that they are created again.`,
  });
}

function validityProblem(certificate: X509Certificate, now: Date): string | undefined {
  const { notBefore, notAfter } = certificateContent(certificate);
  const bounds = `NotBefore: ${goTime(notBefore)}, NotAfter: ${goTime(notAfter)}`;
  if (now < notBefore) return `the certificate is not valid yet: ${bounds}`;
  return now > notAfter ? `the certificate has expired: ${bounds}` : undefined;
}

/** Reports whether a certificate may sign others: it must be a CA, and its key usages, if any, must allow it. */
export function certificateIsAuthority(certificate: X509Certificate): boolean {
  return certificateContent(certificate).isAuthority && maySignCertificates(certificate);
}

export interface UnderAuthority {
  readonly leaf: LoadedCertificate;
  readonly leafPath: string;
  readonly authority: X509Certificate;
  readonly authorityPath: string;
  /** What the certificate is used for. */
  readonly usages: readonly ExtendedKeyUsage[];
}

/**
 * Throws CERTIFICATE_INVALID unless the chain from the certificate to the CA is valid at `now` for its usages.
 * `problem` makes the message from Go's reason; the remedy shows both certificates with their issuers and dates, so
 * that the user sees which one does not belong here.
 */
export function requireUnderAuthority(
  { leaf, leafPath, authority, authorityPath, usages }: UnderAuthority,
  now: Date,
  problem: (reason: string) => string,
): void {
  try {
    verifyChain({ leaf: leaf.certificate, intermediates: leaf.intermediates, root: authority, usages }, now);
  } catch (error) {
    if (!(error instanceof ChainError)) throw error;
    const [own, issuer] = [describeCertificate(leaf.certificate), describeCertificate(authority)];
    throw new KubeadmError("CERTIFICATE_INVALID", problem(error.message), {
      details: { path: leafPath, certificate: own, authority: issuer },
      remedy:
        `${leafPath} is ${own}. ${authorityPath} is ${issuer}. ` +
        "If that CA is the right one, move the certificate and its key away, so that they are created again; if not, put the right CA in its place.",
    });
  }
}

/** "CN=kube-apiserver, issued by CN=kubernetes, valid from 2026-01-01T00:00:00Z to 2027-01-01T00:00:00Z, serial number 1F" */
export function describeCertificate(certificate: X509Certificate): string {
  const { notBefore, notAfter } = certificateContent(certificate);
  const name = (text: string) => text.split("\n").join(", ");
  return (
    `${name(certificate.subject)}, issued by ${name(certificate.issuer)}, valid from ${rfc3339(notBefore)} to ` +
    `${rfc3339(notAfter)}, serial number ${certificate.serialNumber}`
  );
}

/** Throws CERTIFICATE_INVALID if the key does not match the certificate: no server starts with such a pair. */
export function requireOwnKey(
  certificate: X509Certificate,
  privateKey: KeyObject,
  { certificatePath, keyPath }: { readonly certificatePath: string; readonly keyPath: string },
): void {
  if (certificate.checkPrivateKey(privateKey)) return;
  throw new KubeadmError("CERTIFICATE_INVALID", `the private key ${keyPath} does not match ${certificatePath}`, {
    details: { path: keyPath },
    remedy: `${certificatePath} is ${describeCertificate(certificate)}. Put its key in place, or move both files away, so that they are created again.`,
  });
}

/**
 * Returns a message for each name and address that the certificate is not valid for, in Go's words (crypto/x509
 * HostnameError).
 */
export function missingNames(certificate: X509Certificate, wanted: AlternativeNames): readonly string[] {
  const content = certificateContent(certificate);
  const addresses = (wanted.ipAddresses ?? []).filter((address) => !isNamed(address, content));
  const names = (wanted.dnsNames ?? []).filter((name) => !isNamed(name, content));
  return [
    ...names.map((name) => `x509: ${validFor(content.dnsNames)}, not ${name}`),
    ...addresses.map((address) =>
      content.ipAddresses.length === 0
        ? `x509: cannot validate certificate for ${address} because it doesn't contain any IP SANs`
        : `x509: ${validFor(content.ipAddresses)}, not ${address}`,
    ),
  ];
}

function validFor(names: readonly string[]): string {
  return names.length === 0 ? "certificate is not valid for any names" : `certificate is valid for ${names.join(", ")}`;
}
