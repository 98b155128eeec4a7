// Why a TLS library rejects a server's certificate: errors of OpenSSL and BoringSSL, through Node.js and Bun, in Go's
// wording.

export type VerificationFailure = "untrusted" | "expired" | "wrong-name" | "unusable";

/** From Node.js, Bun and identityProblem: the certificate has names, but not that of the host. */
export const identityErrorCode = "ERR_TLS_CERT_ALTNAME_INVALID";
/** From identityProblem: the certificate has no alternative name, only a common name. */
export const legacyNameErrorCode = "CERTIFICATE_RELIES_ON_COMMON_NAME";

const usage = "certificate specifies an incompatible key usage";
const authority = "invalid signature: parent certificate cannot sign this kind of certificate";
const names = "a root or intermediate certificate is not authorized to sign for this name";
const unknownAuthority = "certificate signed by unknown authority";

const failures: ReadonlyMap<string, readonly [VerificationFailure, string]> = new Map([
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", ["untrusted", unknownAuthority]],
  ["UNABLE_TO_GET_ISSUER_CERT", ["untrusted", unknownAuthority]],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", ["untrusted", unknownAuthority]],
  ["SELF_SIGNED_CERT_IN_CHAIN", ["untrusted", unknownAuthority]],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", ["untrusted", unknownAuthority]],
  ["CERT_SIGNATURE_FAILURE", ["untrusted", unknownAuthority]],
  ["CERT_UNTRUSTED", ["untrusted", unknownAuthority]],
  ["CERT_HAS_EXPIRED", ["expired", "certificate has expired"]],
  ["CERT_NOT_YET_VALID", ["expired", "certificate is not yet valid"]],
  [legacyNameErrorCode, ["unusable", "certificate relies on legacy Common Name field, use SANs instead"]],
  ["INVALID_CA", ["unusable", authority]],
  ["INVALID_PURPOSE", ["unusable", usage]],
  ["ERR_SSL_KEY_USAGE_BIT_INCORRECT", ["unusable", usage]],
  ["PATH_LENGTH_EXCEEDED", ["unusable", "too many intermediates for path length constraint"]],
  ["PERMITTED_VIOLATION", ["unusable", names]],
  ["EXCLUDED_VIOLATION", ["unusable", names]],
  ["NAME_CONSTRAINTS_WITHOUT_SANS", ["unusable", names]],
  ["SUBTREE_MINMAX", ["unusable", names]],
  [
    "UNSUPPORTED_CONSTRAINT_TYPE",
    ["unusable", "name constraints of a kind that cannot be checked, as those on addresses"],
  ],
  ["UNSUPPORTED_CONSTRAINT_SYNTAX", ["unusable", "name constraints that cannot be read"]],
  ["UNSUPPORTED_NAME_SYNTAX", ["unusable", "names that cannot be read"]],
  ["UNHANDLED_CRITICAL_EXTENSION", ["unusable", "unhandled critical extension"]],
  ["INVALID_EXTENSION", ["unusable", "an extension that cannot be read"]],
  ["CERT_CHAIN_TOO_LONG", ["unusable", "certificate chain too long"]],
  ["CERT_REJECTED", ["unusable", "certificate rejected"]],
  ["CERT_REVOKED", ["unusable", "certificate has been revoked"]],
  ["EE_KEY_TOO_SMALL", ["unusable", "certificate has a weak key"]],
  ["CA_KEY_TOO_SMALL", ["unusable", "certificate authority has a weak key"]],
  ["CA_MD_TOO_WEAK", ["unusable", "cannot verify signature: insecure algorithm"]],
]);

/** Errors without a code in Node.js, by OpenSSL's message. */
const unspecified: readonly (readonly [RegExp, string])[] = [
  [/certificate signing/, authority],
  [/subtree violation/, names],
  [/critical extension/, "unhandled critical extension"],
];

/** Undefined for anything that is not a failed verification. The text does not include the prefix "x509: ". */
export function verificationFailure(
  code: string,
  message: string,
  host: string,
): { readonly failure: VerificationFailure; readonly text: string } | undefined {
  if (code === identityErrorCode) return { failure: "wrong-name", text: `certificate is not valid for ${host}` };
  if (code === "UNSPECIFIED") {
    const text = unspecified.find(([pattern]) => pattern.test(message))?.[1];
    return { failure: "unusable", text: text ?? message };
  }
  const [failure, text] = failures.get(code) ?? [];
  return failure === undefined || text === undefined ? undefined : { failure, text };
}
