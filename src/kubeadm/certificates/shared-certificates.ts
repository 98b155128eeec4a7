import { KubeadmError, messageOf } from "../../errors/kubeadm-error.ts";
import type { Events } from "../../events/events.ts";
import type { ClusterConfiguration } from "../config/cluster/cluster-configuration.ts";
import { loadCertificate, loadKeyPair, placeOf, type Reader } from "./certificate-files.ts";
import { type AuthorityName, authorities, hasAuthority } from "./certificate-table.ts";
import { type Checking, certificateIsAuthority, requireOwnKey, warnOfValidity } from "./check-certificate.ts";
import { serviceAccountKeysProblem } from "./service-account-keys.ts";

/** A missing or unusable file that a joining control plane needs. */
export interface SharedCertificatesProblem {
  /** In upstream's words: "failure loading certificate for CA: couldn't load the certificate file …". */
  readonly message: string;
  readonly path: string;
}

/** Upstream's names of the CAs in these messages. */
const shownNames: Readonly<Record<AuthorityName, string>> = {
  ca: "CA",
  "front-proxy-ca": "front-proxy CA",
  "etcd-ca": "etcd CA",
};

/**
 * Returns the problems with the shared files of a control plane that joins without a certificate key: all at once, in
 * upstream's order, none if the join may continue. A missing CA key or a certificate outside its validity is only a
 * warning.
 */
export async function sharedCertificatesProblems(
  cluster: Pick<ClusterConfiguration, "certificatesDir" | "etcd">,
  ports: { readonly files: Reader; readonly events: Events; readonly now: Date },
): Promise<readonly SharedCertificatesProblem[]> {
  const { certificatesDir } = cluster;
  const checking = { ...ports, warned: new Set<string>() };
  return [
    ...(await authorityProblems("ca", certificatesDir, checking)),
    ...(await serviceAccountProblems(certificatesDir, ports.files)),
    ...(await authorityProblems("front-proxy-ca", certificatesDir, checking)),
    ...(hasAuthority(cluster, "etcd-ca") ? await authorityProblems("etcd-ca", certificatesDir, checking) : []),
  ];
}

async function authorityProblems(
  name: AuthorityName,
  directory: string,
  ports: Checking & { readonly files: Reader },
): Promise<readonly SharedCertificatesProblem[]> {
  const place = placeOf(directory, authorities[name].baseName);
  const shown = shownNames[name];
  try {
    const { certificate } = await loadCertificate(place.certificate, ports.files);
    warnOfValidity(shown, certificate, ports);
    if (!certificateIsAuthority(certificate)) {
      return [{ message: `certificate ${shown} is not a CA`, path: place.certificate }];
    }
    const keys = await keyOrWarning(place.key, shown, ports);
    if (keys !== undefined) {
      requireOwnKey(certificate, keys.privateKey, { certificatePath: place.certificate, keyPath: place.key });
    }
    return [];
  } catch (error) {
    if (!(error instanceof KubeadmError)) throw error;
    return [{ message: `failure loading certificate for ${shown}: ${error.message}`, path: place.certificate }];
  }
}

async function keyOrWarning(path: string, shown: string, { files, events }: { files: Reader; events: Events }) {
  try {
    return await loadKeyPair(path, files);
  } catch (error) {
    if (!(error instanceof KubeadmError)) throw error;
    events.emit("warning", { message: `assuming external key for ${shown}: ${messageOf(error)}` });
    return undefined;
  }
}

async function serviceAccountProblems(directory: string, files: Reader): Promise<readonly SharedCertificatesProblem[]> {
  const problem = await serviceAccountKeysProblem(directory, files);
  if (problem === undefined) return [];
  const message = `failure loading key for service account: ${problem.message}`;
  return [{ message, path: String(problem.details["path"] ?? directory) }];
}
