import { afterJoin } from "../after-join.ts";
import type { DoctorCheck } from "../check.ts";
import { clusterAuthority } from "./cluster-authority.ts";
import { controlPlaneCertificates } from "./control-plane-certificates.ts";
import { fileModes } from "./file-modes.ts";
import { kubeletClientCertificate, kubeletRotation, nodeNameCertified } from "./kubelet-certificate.ts";
import { kubeletKubeconfigUsable } from "./kubelet-kubeconfig.ts";

export const credentialsChecks: readonly DoctorCheck[] = [
  ...[kubeletKubeconfigUsable, clusterAuthority, kubeletClientCertificate, nodeNameCertified, kubeletRotation].map(
    afterJoin,
  ),
  controlPlaneCertificates,
  fileModes,
];
