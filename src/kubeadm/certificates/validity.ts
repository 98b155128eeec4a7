import type { X509Certificate } from "node:crypto";
import { certificateContent } from "../../pki/certificate-content.ts";
import { ChainError, rfc3339, verifyChain } from "../../pki/verify-chain.ts";

/**
 * Returns how the certificate is out of its validity: "expired on 2026-01-01T00:00:00Z, and this machine's clock says …";
 * undefined if it is valid.
 */
export function validityProblem(certificate: X509Certificate, now: Date): string | undefined {
  const { notBefore, notAfter } = certificateContent(certificate);
  if (now < notBefore)
    return `is not valid before ${rfc3339(notBefore)}, and this machine's clock says ${rfc3339(now)}`;
  if (now <= notAfter) return undefined;
  return `expired on ${rfc3339(notAfter)}, and this machine's clock says ${rfc3339(now)}`;
}

/** Returns which part of its life the certificate still has: 1 when it begins, 0 when it has ended. */
export function remainingLife(certificate: X509Certificate, now: Date): number {
  const { notBefore, notAfter } = certificateContent(certificate);
  return (notAfter.getTime() - now.getTime()) / (notAfter.getTime() - notBefore.getTime());
}

export function endOf(certificate: X509Certificate): string {
  return rfc3339(certificateContent(certificate).notAfter).slice(0, 10);
}

/**
 * Returns why none of the CAs vouches for the certificate; undefined if one does. Validity does not count here: another
 * sentence says it.
 */
export function signatureProblem(
  { leaf, intermediates }: { readonly leaf: X509Certificate; readonly intermediates: readonly X509Certificate[] },
  authorities: readonly X509Certificate[],
): string | undefined {
  let first: string | undefined;
  for (const root of authorities) {
    try {
      verifyChain({ leaf, intermediates, root }, commonTime([leaf, root]));
      return undefined;
    } catch (error) {
      if (!(error instanceof ChainError)) throw error;
      first ??= error.message;
    }
  }
  return first ?? "no CA is known";
}

/** Returns a time at which all are valid, if there is one. */
function commonTime(certificates: readonly X509Certificate[]): Date {
  const begins = certificates.map((each) => certificateContent(each).notBefore.getTime());
  return new Date(Math.max(...begins));
}
