import type { X509Certificate } from "node:crypto";
import type { Clock } from "../../async/clock.ts";
import { ApiStatusError } from "../../cluster/cluster.ts";
import { TransportError } from "../../cluster/transport.ts";
import { isKubeadmError, KubeadmError } from "../../errors/kubeadm-error.ts";
import type { Files } from "../../host/host.ts";
import { parseCertificates } from "../../pki/certificate.ts";
import { shell } from "../../values/shell.ts";
import { validityProblem } from "../certificates/validity.ts";
import { userOf } from "../kubeconfig/kubeconfig.ts";
import { loadKubeconfigFor } from "../kubeconfig/open-kubeconfig.ts";
import { adminKubeconfigPath, kubeletKubeconfigPath, superAdminKubeconfigPath } from "../paths.ts";

interface RejectionPorts {
  readonly files: Pick<Files, "readText">;
  readonly clock: Pick<Clock, "now">;
}

/**
 * Returns the failure of requests by the user of a kubeconfig. If the API server has rejected the user, and the client
 * certificate is not valid now, the failure says that, and how to get a new one.
 */
export async function explainRejection(error: unknown, path: string, ports: RejectionPorts): Promise<unknown> {
  if (!isKubeadmError(error) || !isRejection(error)) return error;
  const invalid = await invalidity(path, ports);
  if (invalid === undefined) return error;
  return new KubeadmError("KUBECONFIG_INVALID", `${error.message}: the client certificate of ${path} ${invalid}`, {
    cause: error,
    details: { path },
    remedy: await remedyFor(path, ports),
  });
}

function isRejection(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ApiStatusError) return cause.status === 401;
    if (cause instanceof TransportError) return cause.code === "client-certificate-rejected";
  }
  return false;
}

/** Returns how the client certificate is out of its validity; undefined if it is valid, or cannot be read. */
async function invalidity(path: string, ports: RejectionPorts): Promise<string | undefined> {
  const certificate = await clientCertificate(path, ports);
  return certificate === undefined ? undefined : validityProblem(certificate, ports.clock.now());
}

async function clientCertificate(path: string, { files }: RejectionPorts): Promise<X509Certificate | undefined> {
  try {
    const user = userOf(await loadKubeconfigFor("failed to load kubeconfig", path, files));
    return parseCertificates(user?.clientCertificateData ?? "")[0];
  } catch {
    // This only explains a failure; an error here must not replace it.
    return undefined;
  }
}

async function remedyFor(path: string, ports: RejectionPorts): Promise<string> {
  if (path === kubeletKubeconfigPath) {
    return "If the clock is wrong, set it. Otherwise the kubelet needs a new certificate: `kubeadm doctor` shows how to get one.";
  }
  if (path !== adminKubeconfigPath && path !== superAdminKubeconfigPath) {
    return `If the clock is wrong, set it. Otherwise choose another kubeconfig with --kubeconfig, for example ${adminKubeconfigPath}.`;
  }
  const name = path.slice(path.lastIndexOf("/") + 1);
  const renewal = `If the clock is wrong, set it. Otherwise \`${shell`kubeadm certs renew ${name}`}\` renews it on a machine that has the key of the cluster's CA, and \`kubeadm certs check-expiration\` shows what else has expired.`;
  if (path === superAdminKubeconfigPath) return renewal;
  const other = await clientCertificate(superAdminKubeconfigPath, ports);
  if (other === undefined || validityProblem(other, ports.clock.now()) !== undefined) return renewal;
  return `${renewal} Until then, --kubeconfig ${superAdminKubeconfigPath} is still valid.`;
}
