import type { X509Certificate } from "node:crypto";
import { isKubeadmError, messageOf } from "../../errors/kubeadm-error.ts";
import type { Events } from "../../events/events.ts";
import { parseDuration } from "../../go/duration.ts";
import { FileError } from "../../host/file-error.ts";
import type { Files } from "../../host/host.ts";
import { certificateContent } from "../../pki/certificate-content.ts";
import { readCertificateRequest } from "../../pki/read-certificate-request.ts";
import { type Issuer, signLeaf } from "../../pki/sign-certificate.ts";
import { loadPair, placeOf } from "../certificates/certificate-files.ts";
import { certificateIsAuthority } from "../certificates/check-certificate.ts";
import { lastFlag, readManifestContainer } from "../control-plane/component-endpoints.ts";

/** Signs a request (PEM) for a kubelet's client certificate; returns the certificate, PEM. */
export type SignKubeletCertificate = (request: string, now: Date) => string;

export interface SignerOptions {
  readonly certificatesDir: string;
  /** The CAs that discovery found. */
  readonly authorities: readonly X509Certificate[];
  readonly now: Date;
}

/** kube-controller-manager's default of --cluster-signing-duration. */
const defaultDuration = "8760h0m0s";
const backdateMs = 5 * 60_000;
/** Lifetimes below this are not shortened by the backdating. */
const shortMs = 8 * 3_600_000;

const approver = /^-(csrapproving|certificatesigningrequest-approving-controller)$/;
const signer = /^-(csrsigning|certificatesigningrequest-signing-controller)$/;

/**
 * Returns what signs as the controller manager of this control plane will, for a machine that has the key of the cluster's
 * CA. Undefined if the CA here is not one that discovery found, is not valid, or has no key, or if the controller manager's
 * manifest shows that it signs with another CA or not at all.
 */
export async function kubeletCertificateSigner(
  { certificatesDir, authorities, now }: SignerOptions,
  { files, events }: { readonly files: Pick<Files, "readText" | "status">; readonly events: Events },
): Promise<SignKubeletCertificate | undefined> {
  const place = placeOf(certificatesDir, "ca");
  try {
    const { argv } = await readManifestContainer("kube-controller-manager", files);
    const durationMs = signingDuration(argv, place);
    if (durationMs === undefined) return undefined;
    const { certificate, intermediates, keys } = await loadPair(place, files);
    const { notBefore, notAfter } = certificateContent(certificate);
    const isUsable =
      intermediates.length === 0 &&
      authorities.some(({ raw }) => raw.equals(certificate.raw)) &&
      certificate.checkPrivateKey(keys.privateKey) &&
      certificateIsAuthority(certificate) &&
      notBefore <= now &&
      now < notAfter;
    if (!isUsable) return undefined;
    return (request, time) => signed(request, { certificate, privateKey: keys.privateKey }, { durationMs, time });
  } catch (error) {
    if (!isKubeadmError(error) && !(error instanceof FileError)) throw error;
    const message = `The kubelet's client certificate is not signed on this machine: ${messageOf(error)}`;
    events.emit("log", { level: 1, area: "kubelet-start", message });
    return undefined;
  }
}

/**
 * Returns the lifetime in milliseconds of what the controller manager with these arguments signs with the pair; undefined
 * if it does not approve or sign, or does not sign with this pair.
 */
function signingDuration(argv: readonly string[], place: ReturnType<typeof placeOf>): number | undefined {
  const controllers = (lastFlag(argv, "controllers") ?? "*").split(",");
  const signs = controllers.includes("*") && !controllers.some((name) => approver.test(name) || signer.test(name));
  // The component refuses flags of a single signer next to these two.
  const isPair =
    lastFlag(argv, "cluster-signing-cert-file") === place.certificate &&
    lastFlag(argv, "cluster-signing-key-file") === place.key;
  if (!signs || !isPair) return undefined;
  try {
    const durationMs = parseDuration(lastFlag(argv, "cluster-signing-duration") ?? defaultDuration);
    return durationMs > 0 ? durationMs : undefined;
  } catch {
    return undefined;
  }
}

/** Signs as k/k: pkg/controller/certificates/authority/policies.go does, for the usages that the kubelet requests. */
function signed(request: string, issuer: Issuer, { durationMs, time }: { durationMs: number; time: Date }): string {
  const { subject, publicKey } = readCertificateRequest(request);
  const lifetimeMs = durationMs < shortMs ? durationMs : durationMs - backdateMs;
  const end = Math.min(time.getTime() + lifetimeMs, certificateContent(issuer.certificate).notAfter.getTime());
  return signLeaf(
    {
      subject,
      publicKey,
      notBefore: new Date(time.getTime() - backdateMs),
      notAfter: new Date(end),
      keyUsages: ["digital signature"],
      extendedKeyUsages: ["client auth"],
    },
    issuer,
  );
}
