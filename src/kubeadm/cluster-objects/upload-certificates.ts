import { type SecretObject, secrets } from "../../cluster/resources.ts";
import type { Secret } from "../../errors/secret.ts";
import { FileError } from "../../host/file-error.ts";
import type { Files } from "../../host/host.ts";
import type { ClusterConfiguration } from "../config/cluster/cluster-configuration.ts";
import { certificateKeyBytes } from "../config/fields/certificate-key.ts";
import { fileFailure, inContext } from "../file-failure.ts";
import { tokenSecret } from "../tokens/cluster-token.ts";
import { generateToken } from "../tokens/generate-token.ts";
import { systemNamespace } from "./rbac.ts";
import { seal } from "./sealed-value.ts";
import { sharedCertificatesReaders, sharedCertificatesSecret, sharedFiles } from "./shared-certificates.ts";
import { type ClusterWritePorts, sideBySide, writeObject, writeObjects } from "./write-objects.ts";
import { writeToken } from "./write-token.ts";

/** Milliseconds for which other control planes can join with the uploaded files. */
const timeToLiveMs = 2 * 3_600_000;

export interface UploadCertificatesPorts extends ClusterWritePorts {
  readonly files: Pick<Files, "read">;
}

/**
 * Stores the CA files in the Secret kubeadm-certs, encrypted with `key`. A bootstrap token without usages owns the
 * Secret: two hours later the token cleaner removes the token, and the garbage collector the Secret.
 */
export async function uploadCertificates(
  { cluster, key }: { readonly cluster: ClusterConfiguration; readonly key: Secret },
  ports: UploadCertificatesPorts,
): Promise<void> {
  await inContext("error uploading certs", async () => {
    const data = await sealedFiles(cluster, certificateKeyBytes(key), ports.files);
    const owner = await inContext("error creating token", () => writeToken(ownerToken(ports.clock.now()), ports));
    await sideBySide(ports, [
      (each) => writeObject(secrets, certificatesSecret(data, owner), each),
      (each) => writeObjects(sharedCertificatesReaders, each),
    ]);
  });
}

/** Encrypts the files; a missing one, such as the key of an external CA, becomes an empty value. */
async function sealedFiles(cluster: ClusterConfiguration, key: Uint8Array, files: Pick<Files, "read">) {
  const entries = await Promise.all(
    sharedFiles(cluster).map(async ({ entry, path }) => {
      const content = await readIfPresent(path, files);
      return [entry, content === undefined ? "" : Buffer.from(seal(content, key)).toString("base64")] as const;
    }),
  );
  return Object.fromEntries(entries);
}

async function readIfPresent(path: string, files: Pick<Files, "read">): Promise<Uint8Array | undefined> {
  try {
    return await files.read(path);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    if (error.code === "not-found") return undefined;
    throw fileFailure(error);
  }
}

function ownerToken(now: Date): SecretObject {
  const description = "Proxy for managing TTL for the kubeadm-certs secret";
  return tokenSecret({ token: generateToken(), description, ttlMs: timeToLiveMs, usages: [], groups: [] }, now);
}

/** Returns the Secret of these sealed files, which is deleted with its owner. */
export function certificatesSecret(data: Readonly<Record<string, string>>, { metadata }: SecretObject): SecretObject {
  const owner = {
    apiVersion: "v1",
    kind: "Secret",
    name: metadata?.name ?? "",
    uid: metadata?.uid ?? "",
    controller: true,
    blockOwnerDeletion: true,
  };
  return {
    metadata: { name: sharedCertificatesSecret, namespace: systemNamespace, ownerReferences: [owner] },
    data,
  };
}
