/**
 * What BoringSSL offers servers for their signatures unless told otherwise, in its order, and ML-DSA, which it verifies but
 * does not offer (the names are those of RFC 8446, 4.2.3, and of draft-ietf-tls-mldsa).
 */
const boringSsl = [
  "ecdsa_secp256r1_sha256",
  "rsa_pss_rsae_sha256",
  "rsa_pkcs1_sha256",
  "ecdsa_secp384r1_sha384",
  "rsa_pss_rsae_sha384",
  "rsa_pkcs1_sha384",
  "rsa_pss_rsae_sha512",
  "rsa_pkcs1_sha512",
  "ed25519",
  "ecdsa_secp521r1_sha512",
  "rsa_pkcs1_sha1",
  "mldsa44",
  "mldsa65",
  "mldsa87",
].join(":");

/**
 * Options of every TLS client of this program: which kinds of signatures a server, and the client's own certificate, may use.
 * OpenSSL offers ML-DSA by itself from 3.5 on, and earlier versions reject its name.
 */
export const offeredSignatures: { readonly sigalgs?: string } = isBoringSsl() ? { sigalgs: boringSsl } : {};

function isBoringSsl(): boolean {
  return process.versions["boringssl"] !== undefined;
}
