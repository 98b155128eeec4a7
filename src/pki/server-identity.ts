import { X509Certificate } from "node:crypto";
import { formatIp, parseIp } from "../addresses/ip-address.ts";
import { type CertificateContent, certificateContent } from "./certificate-content.ts";
import { identityErrorCode, legacyNameErrorCode } from "./tls-verification.ts";

/**
 * Reports whether one of the certificate's alternative names matches the host, same as Go and thus all of Kubernetes.
 */
export function isNamed(host: string, { dnsNames, ipAddresses }: CertificateContent): boolean {
  const ip = parseIp(host);
  if (ip !== undefined) return ipAddresses.includes(formatIp(ip));
  const wanted = host.toLowerCase().replace(/\.$/, "");
  // A wildcard matches one label, the first of several.
  const wildcard = wanted.includes(".") ? wanted.replace(/^[^.]+/, "*") : wanted;
  return dnsNames.some((each) => [wanted, wildcard].includes(each.toLowerCase()));
}

/**
 * Returns what is wrong, for the requested host, with a server's certificate (DER) whose chain has been verified;
 * undefined if nothing is. For the `checkServerIdentity` of either runtime: both still accept a common name as the host
 * if there is no alternative name, which Go refuses.
 */
export function identityProblem(host: string, der: Uint8Array): Error | undefined {
  try {
    const content = certificateContent(new X509Certificate(der));
    if (isNamed(host, content)) return undefined;
    const isLegacy = content.dnsNames.length + content.ipAddresses.length === 0 && content.subject.commonName !== "";
    return Object.assign(new Error(`certificate is not valid for ${host}`), {
      code: isLegacy ? legacyNameErrorCode : identityErrorCode,
    });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
