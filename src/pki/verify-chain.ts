import type { X509Certificate } from "node:crypto";
import { type CertificateContent, certificateContent } from "./certificate-content.ts";

/** Why a certificate does not stand under a CA; the message is Go's (crypto/x509). */
export class ChainError extends Error {
  override readonly name = "ChainError";
}

interface Candidate {
  readonly certificate: X509Certificate;
  readonly content: CertificateContent;
}

export interface Chain {
  readonly leaf: X509Certificate;
  readonly intermediates: readonly X509Certificate[];
  readonly root: X509Certificate;
}

/**
 * Throws ChainError unless the leaf leads, by names, signatures and validity at `now`, to the root, over the
 * intermediates where need be. Usages are not looked at (upstream: pkiutil.VerifyCertChain).
 */
export function verifyChain({ leaf, intermediates, root }: Chain, now: Date): void {
  const candidates = [root, ...intermediates].map((certificate) => ({
    certificate,
    content: certificateContent(certificate),
  }));
  const trusted = candidates[0];
  const problem = follow({ certificate: leaf, content: certificateContent(leaf) }, candidates, trusted, now);
  if (problem !== undefined) throw problem;
}

/** What keeps `at` from leading to the trusted certificate; each step uses up a candidate, so that a circle ends. */
function follow(
  at: Candidate,
  candidates: readonly Candidate[],
  trusted: Candidate | undefined,
  now: Date,
): ChainError | undefined {
  const outside = validityProblem(at.content, now);
  if (outside !== undefined) return new ChainError(`x509: certificate has expired or is not yet valid: ${outside}`);
  if (trusted !== undefined && at.certificate.raw.equals(trusted.certificate.raw)) return undefined;
  let problem = new ChainError("x509: certificate signed by unknown authority");
  for (const parent of candidates) {
    if (!parent.content.isAuthority || !sameBytes(at.content.issuerName, parent.content.subjectName)) continue;
    const found = at.certificate.verify(parent.certificate.publicKey)
      ? follow(parent, without(candidates, parent), trusted, now)
      : new ChainError(unknownAuthority(parent));
    if (found === undefined) return undefined;
    problem = found;
  }
  return problem;
}

function without(candidates: readonly Candidate[], used: Candidate): readonly Candidate[] {
  return candidates.filter((candidate) => candidate !== used);
}

function unknownAuthority({ certificate, content }: Candidate): string {
  const kind = certificate.publicKey.asymmetricKeyType === "ec" ? "ECDSA" : "crypto/rsa:";
  return (
    `x509: certificate signed by unknown authority (possibly because of "${kind} verification ${kind === "ECDSA" ? "failure" : "error"}" ` +
    `while trying to verify candidate authority certificate "${content.subject.commonName}")`
  );
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
