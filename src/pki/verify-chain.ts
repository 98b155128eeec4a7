import type { KeyObject, X509Certificate } from "node:crypto";
import { anyExtendedKeyUsage, Name } from "@peculiar/asn1-x509";
import { Asn1Error, readAsn1 } from "./asn1.ts";
import { isSignedBy } from "./certificate.ts";
import { type CertificateContent, certificateContent } from "./certificate-content.ts";
import { type ExtendedKeyUsage, extendedKeyUsageOid } from "./certificate-extensions.ts";
import { constraintProblem } from "./name-constraints.ts";
import { type PathConstraints, pathConstraints } from "./path-constraints.ts";
import { signatureProblem, strongSignatures } from "./signature.ts";

/** Why a certificate does not chain to a CA; the message is Go's (crypto/x509) if Go has one. */
export class ChainError extends Error {
  override readonly name = "ChainError";
}

interface Candidate {
  readonly certificate: X509Certificate;
  readonly content: CertificateContent;
  readonly constraints: PathConstraints;
}

export interface Chain {
  readonly leaf: X509Certificate;
  readonly intermediates: readonly X509Certificate[];
  readonly root: X509Certificate;
  /** The purpose of the leaf: it and all CAs above must allow each of these usages. */
  readonly usages?: readonly ExtendedKeyUsage[];
}

/**
 * Maximum number of signatures to check: unknown certificates with the same name must not take unlimited time (as in
 * Go).
 */
const mostSignatures = 100;

/**
 * Throws ChainError unless the leaf chains to the root, through intermediates if necessary, according to RFC 5280, 6.1:
 * names, signatures and validity at `now`; issuers that are CAs and may sign, for this path length, these names and
 * these usages; and no critical extension that is not understood.
 */
export function verifyChain({ leaf, intermediates, root, usages = [] }: Chain, now: Date): void {
  const search: Search = {
    trusted: candidateOf(root),
    usages: usages.map((usage) => extendedKeyUsageOid[usage]),
    now,
    signaturesLeft: mostSignatures,
  };
  const candidates = [search.trusted, ...intermediates.flatMap((each) => readable(each))];
  const problem = follow([candidateOf(leaf)], candidates, search);
  if (problem !== undefined) throw problem;
}

interface Search {
  readonly trusted: Candidate;
  readonly usages: readonly string[];
  readonly now: Date;
  signaturesLeft: number;
}

function candidateOf(certificate: X509Certificate): Candidate {
  try {
    return { certificate, content: certificateContent(certificate), constraints: pathConstraints(certificate) };
  } catch (error) {
    if (error instanceof Asn1Error) throw new ChainError(`x509: malformed certificate: ${error.message}`);
    throw error;
  }
}

/** An intermediate that cannot be read is ignored. */
function readable(certificate: X509Certificate): readonly Candidate[] {
  try {
    return [candidateOf(certificate)];
  } catch (error) {
    if (error instanceof ChainError) return [];
    throw error;
  }
}

/** Returns why the path, leaf first, does not chain to the trusted certificate. */
function follow(path: readonly Candidate[], candidates: readonly Candidate[], search: Search): ChainError | undefined {
  const at = path.at(-1);
  if (at === undefined) return new ChainError("x509: no certificate");
  const wrong = ownProblem(at, search) ?? (path.length > 1 ? authorityProblem(path, at) : undefined);
  if (wrong !== undefined) return new ChainError(`x509: ${wrong}`);
  if (at.certificate.raw.equals(search.trusted.certificate.raw)) return undefined;
  const { signatureAlgorithm } = at.constraints;
  if (!strongSignatures.has(signatureAlgorithm)) {
    return new ChainError(`x509: cannot verify signature: insecure algorithm ${signatureAlgorithm}`);
  }
  let problem = new ChainError("x509: certificate signed by unknown authority");
  for (const parent of candidates) {
    // Each step uses up a candidate, so that a cycle ends.
    if (path.includes(parent) || !sameBytes(at.content.issuerName, parent.content.subjectName)) continue;
    if (search.signaturesLeft-- <= 0) {
      return new ChainError("x509: signature check attempts limit reached while verifying certificate chain");
    }
    const found = isSignedBy(at.certificate, parent.certificate)
      ? follow([...path, parent], candidates, search)
      : unknownAuthority(at, parent);
    if (found === undefined) return undefined;
    problem = found;
  }
  return problem;
}

/** Returns what is wrong with a certificate regardless of its place in the chain. */
function ownProblem({ content, constraints }: Candidate, { now, usages }: Search): string | undefined {
  const outside = validityProblem(content, now);
  if (outside !== undefined) return `certificate has expired or is not yet valid: ${outside}`;
  const [unknown] = constraints.unknownCritical;
  if (unknown !== undefined) return `unhandled critical extension ${unknown}`;
  const allowed = constraints.extendedKeyUsages;
  const isAllowed = (usage: string) => allowed === undefined || allowed.includes(usage);
  if (usages.every((usage) => isAllowed(usage) || isAllowed(anyExtendedKeyUsage))) return undefined;
  return "certificate specifies an incompatible key usage";
}

/** Returns why the end of the path cannot be the CA of the certificates before it. */
function authorityProblem(path: readonly Candidate[], { content, constraints }: Candidate): string | undefined {
  const below = path.slice(0, -1);
  if (!content.isAuthority || constraints.mayCertSign === false) {
    return `certificate is not authorized to sign other certificates: ${shownName(content)}`;
  }
  // A CA whose issuer has the same name is that CA with a new key, and does not count (RFC 5280, 6.1.4).
  const between = below.slice(1).filter((each) => !isSelfIssued(each)).length;
  if (constraints.pathLength !== undefined && between > constraints.pathLength) {
    return "too many intermediates for path length constraint";
  }
  if (constraints.nameConstraints === undefined) return undefined;
  for (const [index, each] of below.entries()) {
    if (index > 0 && isSelfIssued(each)) continue;
    const names = { ...each.content, subjectName: readAsn1(each.content.subjectName, Name) };
    const problem = constraintProblem(constraints.nameConstraints, names);
    if (problem !== undefined) {
      return `a root or intermediate certificate is not authorized to sign for this name: ${problem}`;
    }
  }
  return undefined;
}

function isSelfIssued({ content }: Candidate): boolean {
  return sameBytes(content.issuerName, content.subjectName);
}

function shownName({ subject }: CertificateContent): string {
  return JSON.stringify(subject.commonName);
}

function unknownAuthority({ constraints }: Candidate, { certificate, content }: Candidate): ChainError {
  const problem = signatureProblem(constraints.signatureAlgorithm, readableKey(certificate));
  return new ChainError(
    `x509: certificate signed by unknown authority (possibly because of "${problem}" while trying` +
      ` to verify candidate authority certificate ${shownName(content)})`,
  );
}

function readableKey(certificate: X509Certificate): KeyObject | undefined {
  try {
    return certificate.publicKey;
  } catch {
    return undefined;
  }
}

/** "current time … is after …"; undefined within the validity. */
function validityProblem({ notBefore, notAfter }: CertificateContent, now: Date): string | undefined {
  if (now < notBefore) return `current time ${rfc3339(now)} is before ${rfc3339(notBefore)}`;
  if (now > notAfter) return `current time ${rfc3339(now)} is after ${rfc3339(notAfter)}`;
  return undefined;
}

/** "2026-11-24T19:28:25Z", as Go prints the times of certificates in messages. */
export function rfc3339(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}
