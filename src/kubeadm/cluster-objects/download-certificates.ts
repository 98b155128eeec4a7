import { createPrivateKey, createPublicKey } from "node:crypto";
import { ApiStatusError } from "../../cluster/cluster.ts";
import { type SecretObject, secrets } from "../../cluster/resources.ts";
import { KubeadmError, withContext } from "../../errors/kubeadm-error.ts";
import type { Secret } from "../../errors/secret.ts";
import type { Files } from "../../host/host.ts";
import { certificatesIn, encodeCertificates } from "../../pki/certificate.ts";
import type { ClusterConfiguration } from "../config/cluster/cluster-configuration.ts";
import { certificateKeyBytes } from "../config/fields/certificate-key.ts";
import { persist } from "../waiting/persist.ts";
import { explainRequestFailure } from "./explain-request-failure.ts";
import { systemNamespace } from "./rbac.ts";
import { open, SealError } from "./sealed-value.ts";
import { type SharedFile, sharedCertificatesSecret, sharedFiles } from "./shared-certificates.ts";
import type { ClusterWritePorts } from "./write-objects.ts";

export interface DownloadCertificatesPorts extends ClusterWritePorts {
  readonly files: Pick<Files, "write">;
}

/** A decrypted file to write on this machine. */
interface OpenedFile extends SharedFile {
  readonly content: Uint8Array;
  readonly isPrivate: boolean;
}

/**
 * Downloads the CA files that another control plane uploaded, and writes them to the paths of the cluster's
 * configuration. All are decrypted and checked before the first is written. Throws KubeadmError.
 */
export async function downloadCertificates(
  { cluster, key }: { readonly cluster: ClusterConfiguration; readonly key: Secret },
  ports: DownloadCertificatesPorts,
): Promise<void> {
  try {
    const opened = openedFiles(await fetchSecret(ports), cluster, certificateKeyBytes(key), ports);
    ports.events.emit("certificates.saving", { directory: cluster.certificatesDir });
    for (const { path, content, isPrivate } of opened) {
      await ports.files.write(path, content, isPrivate ? { mode: 0o600, secret: true } : { mode: 0o644 });
    }
  } catch (error) {
    throw withContext(error, "error downloading certs");
  }
}

/** Reads the Secret. A missing Secret is final immediately, because waiting does not help. */
async function fetchSecret({ cluster, clock, events, signal, timeoutMs }: ClusterWritePorts): Promise<SecretObject> {
  const reference = { namespace: systemNamespace, name: sharedCertificatesSecret };
  return persist({
    what: `Secret ${systemNamespace}/${sharedCertificatesSecret} at ${cluster.server}`,
    attempt: (attemptSignal, attemptMs) =>
      cluster.get(secrets, reference, { signal: attemptSignal, timeoutMs: attemptMs }),
    explain: (error) => {
      if (error instanceof ApiStatusError && error.status === 404) return { error: missing(error), patienceMs: 0 };
      const trouble = explainRequestFailure("error downloading the secret", error);
      return error instanceof ApiStatusError && error.status === 403
        ? { ...trouble, error: forbidden(trouble.error) }
        : trouble;
    },
    deadlineMs: timeoutMs,
    everyMs: () => 500,
    clock,
    events,
    signal,
  });
}

const uploadCommand = "`kubeadm init phase upload-certs --upload-certs`";

function missing(cause: unknown): KubeadmError {
  const message =
    `error downloading the secret: Secret "${sharedCertificatesSecret}" was not found in the "${systemNamespace}" Namespace. ` +
    `This Secret might have expired. Please, run ${uploadCommand} on a control plane to generate a new one`;
  return new KubeadmError("CERTIFICATES_SECRET_MISSING", message, { cause });
}

function forbidden({ message, cause }: KubeadmError): KubeadmError {
  return new KubeadmError("CERTIFICATES_SECRET_FORBIDDEN", message, { cause });
}

function openedFiles(
  secret: SecretObject,
  cluster: ClusterConfiguration,
  key: Uint8Array,
  { events }: DownloadCertificatesPorts,
): readonly OpenedFile[] {
  return sharedFiles(cluster).flatMap((file) => {
    const value = secret.data?.[file.entry];
    if (value === undefined) throw missingEntry(file);
    if (value === "") {
      const message = `Not saving "${file.name}" to disk, since it is empty in the "${sharedCertificatesSecret}" Secret`;
      events.emit("log", { level: 1, area: "download-certs", message });
      return [];
    }
    const content = openedValue(Buffer.from(value, "base64"), key, file);
    return [{ ...file, ...classified(content, file) }];
  });
}

function missingEntry({ name, path, entry }: SharedFile): KubeadmError {
  const message = `the Secret does not include the required certificate or key - name: ${name}, path: ${path}`;
  return new KubeadmError("CERTIFICATES_SECRET_INVALID", message, { details: { entry, path } });
}

function openedValue(sealed: Uint8Array, key: Uint8Array, { entry }: SharedFile): Uint8Array {
  try {
    return open(sealed, key);
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    const code = error.reason === "wrong-key" ? "CERTIFICATE_KEY_WRONG" : "CERTIFICATES_SECRET_INVALID";
    const message = `error decoding secret data with provided key: ${error.message}`;
    throw new KubeadmError(code, message, { cause: error, details: { entry } });
  }
}

/**
 * Determines from the content, not the name, who may read the file. Certificates are encoded again, because other
 * programs may accept other PEM blocks as certificates too.
 */
function classified(content: Uint8Array, { entry }: SharedFile): Pick<OpenedFile, "content" | "isPrivate"> {
  const pem = Buffer.from(content).toString();
  if (orUndefined(() => createPrivateKey(pem)) !== undefined) return { content, isPrivate: true };
  const certificates = certificatesIn(pem);
  if (certificates.length > 0) return { content: Buffer.from(encodeCertificates(certificates)), isPrivate: false };
  if (orUndefined(() => createPublicKey(pem)) !== undefined) return { content, isPrivate: false };
  throw new KubeadmError("CERTIFICATES_SECRET_INVALID", "unknown data found in Secret entry", { details: { entry } });
}

function orUndefined<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
