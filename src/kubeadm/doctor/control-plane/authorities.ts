import { isKubeadmError } from "../../../errors/kubeadm-error.ts";
import { certificateContent } from "../../../pki/certificate-content.ts";
import { exists, loadCertificate, loadKeyPair, placeOf } from "../../certificates/certificate-files.ts";
import { type AuthoritySpec, authorities } from "../../certificates/certificate-table.ts";
import { certificateIsAuthority, describeCertificate, requireOwnKey } from "../../certificates/check-certificate.ts";
import { serviceAccountKeysProblem } from "../../certificates/service-account-keys.ts";
import { validityProblem } from "../../certificates/validity.ts";
import { type DoctorFinding, found } from "../check.ts";
import type { Examination } from "../examination.ts";
import { sentence } from "../sentence.ts";
import { isUnread } from "../unread-file.ts";
import { onControlPlane } from "./on-control-plane.ts";

/** Nothing renews a CA: its operator needs weeks. */
const soonMs = 90 * 86_400_000;

export const controlPlaneAuthorities = onControlPlane({
  name: "control-plane-cas",
  title: "The CAs and the service account key are valid",
  after: ["clock", "cluster-ca"],
  look: async ({ hasLocalEtcd, certificatesDir }, examination) => {
    const specs = Object.values(authorities).filter(({ name }) => name !== "etcd-ca" || hasLocalEtcd);
    const findings = await Promise.all([
      ...specs.map((spec) => findingsOf(spec, certificatesDir, examination)),
      serviceAccountFindings(certificatesDir, examination),
    ]);
    return found(findings.flat());
  },
});

async function findingsOf(
  { baseName }: AuthoritySpec,
  directory: string,
  { clock, files }: Examination,
): Promise<readonly DoctorFinding[]> {
  const place = placeOf(directory, baseName);
  const about = { severity: "error", remedy: restore(place.certificate) } as const;
  try {
    const { certificate } = await loadCertificate(place.certificate, files);
    const evidence = [`${place.certificate}: ${describeCertificate(certificate)}`];
    const { notAfter } = certificateContent(certificate);
    const now = clock.now();
    const findings: DoctorFinding[] = [];
    if (!certificateIsAuthority(certificate)) {
      findings.push({ ...about, finding: `The certificate ${place.certificate} is not a CA certificate.`, evidence });
    }
    const remedy =
      "Replace the CA as https://kubernetes.io/docs/tasks/tls/manual-rotation-of-ca-certificates/ describes.";
    const problem = validityProblem(certificate, now);
    if (problem !== undefined) {
      const finding = `The CA ${place.certificate} ${problem}: no certificate that it signed is trusted.`;
      findings.push({ severity: "error", finding, evidence, remedy });
    } else if (notAfter.getTime() - now.getTime() < soonMs) {
      const days = Math.floor((notAfter.getTime() - now.getTime()) / 86_400_000);
      const finding = `The CA ${place.certificate} expires in ${days} days, and with it every certificate that it signed.`;
      findings.push({ severity: "warning", finding, evidence, remedy });
    }
    // Without its key, the CA is external.
    if (await exists(place.key, files)) {
      const { privateKey } = await loadKeyPair(place.key, files);
      requireOwnKey(certificate, privateKey, { certificatePath: place.certificate, keyPath: place.key });
    }
    return findings;
  } catch (error) {
    return [asFinding(error)];
  }
}

async function serviceAccountFindings(directory: string, { files }: Examination): Promise<readonly DoctorFinding[]> {
  const problem = await serviceAccountKeysProblem(directory, files);
  return problem === undefined ? [] : [asFinding(problem)];
}

/** A file that may not be read is not a finding: the check needs root. */
function asFinding(error: unknown): DoctorFinding {
  if (!isKubeadmError(error)) throw error;
  if (isUnread(error.cause)) throw error.cause;
  const path = String(error.details["path"] ?? "");
  return { severity: "error", finding: sentence(error.message), remedy: restore(path) };
}

function restore(path: string): string {
  return `All control planes have the same CAs and service account key: copy ${path} from another one, or from a backup.`;
}
