import { createPublicKey, type KeyObject } from "node:crypto";
import { KubeadmError, messageOf } from "../../errors/kubeadm-error.ts";
import { FileError } from "../../host/file-error.ts";
import type { KeyPair } from "../../pki/keys.ts";
import type { ClusterConfiguration } from "../config/cluster/cluster-configuration.ts";
import { type KeyRules, ownKeyRules } from "../config/fields/encryption-algorithms.ts";
import { inContext } from "../file-failure.ts";
import { exists, loadKeyPair, type Reader, writeKey } from "./certificate-files.ts";
import type { IssuingPorts } from "./make-certificates.ts";

/** Returns the paths of the keys that sign and verify service account tokens. */
export function serviceAccountPlace(directory: string): { readonly privateKey: string; readonly publicKey: string } {
  return { privateKey: `${directory}/sa.key`, publicKey: `${directory}/sa.pub` };
}

/**
 * Creates the service account key, or keeps an existing one and adds the public half, which the API server reads. All
 * control planes of a cluster must have the same key.
 */
export async function makeServiceAccountKeys(
  { certificatesDir }: Pick<ClusterConfiguration, "certificatesDir">,
  { files, events, keys }: Pick<IssuingPorts, "files" | "events" | "keys">,
): Promise<void> {
  const place = serviceAccountPlace(certificatesDir);
  const kept = await checkKeptServiceAccountKeys({ certificatesDir }, files);
  if (kept !== undefined) {
    events.emit("certificate.kept", { name: "sa", kind: "key" });
    if (!(await exists(place.publicKey, files))) await writePublicKey(place.publicKey, kept, files);
    else await warnOfForeignPublicKey({ certificatesDir }, { files, events });
    return;
  }
  events.emit("certificate.generating", { name: "sa", kind: "key" });
  const made = await keys.take();
  await writeKey(place.privateKey, made, files);
  await writePublicKey(place.publicKey, made, files);
}

/** With an external CA, its owner also provides these keys, same as upstream. */
export async function leaveServiceAccountKeys(
  { certificatesDir }: Pick<ClusterConfiguration, "certificatesDir">,
  { files, events }: Pick<IssuingPorts, "files" | "events">,
): Promise<void> {
  events.emit("certificate.kept", { name: "sa", kind: "provided-keys" });
  const problem = await serviceAccountKeysProblem(certificatesDir, files);
  if (problem === undefined) return;
  const message = `the CA is external, so no service account keys are created, but: ${problem.message}`;
  events.emit("warning", { area: "certs", message });
}

/**
 * Warns if sa.pub does not match sa.key, which upstream does not check: the API server would refuse every token that it
 * signs.
 */
async function warnOfForeignPublicKey(
  { certificatesDir }: Pick<ClusterConfiguration, "certificatesDir">,
  { files, events }: Pick<IssuingPorts, "files" | "events">,
): Promise<void> {
  const problem = await serviceAccountKeysProblem(certificatesDir, files);
  if (problem === undefined) return;
  const message = `the service account keys are kept unchanged, but: ${problem.message}`;
  events.emit("warning", { area: "certs", message });
}

/** Returns the existing key; undefined if neither file exists. Throws CERTIFICATE_INVALID if it cannot be used. */
export async function checkKeptServiceAccountKeys(
  { certificatesDir }: Pick<ClusterConfiguration, "certificatesDir">,
  files: Reader,
): Promise<KeyPair | undefined> {
  const place = serviceAccountPlace(certificatesDir);
  if (await exists(place.privateKey, files)) {
    const failure = "file sa.key existed but it could not be loaded properly";
    return loadKeyPair(place.privateKey, files, { failure });
  }
  await refuseLonePublicKey(place, files);
  return undefined;
}

/**
 * Throws for a public key alone: it belongs to another control plane, and a new pair could not verify that one's
 * tokens.
 */
async function refuseLonePublicKey(place: ReturnType<typeof serviceAccountPlace>, files: Reader): Promise<void> {
  if (!(await exists(place.publicKey, files))) return;
  const message = `file ${place.publicKey} existed, but its private key ${place.privateKey} does not`;
  throw new KubeadmError("CERTIFICATE_INVALID", message, {
    details: { path: place.publicKey },
    remedy: `Put the matching private key at ${place.privateKey}, or remove ${place.publicKey}, so that a new pair is created.`,
  });
}

async function writePublicKey(path: string, { publicKey }: KeyPair, files: IssuingPorts["files"]): Promise<void> {
  await inContext(`unable to write public key to file ${path}`, async () => {
    await files.write(path, publicKey.export({ type: "spki", format: "pem" }).toString(), { mode: 0o600 });
  });
}

/** Returns the problem with the pair, in upstream's words; undefined if it is fine. */
export async function serviceAccountKeysProblem(directory: string, files: Reader): Promise<KubeadmError | undefined> {
  const place = serviceAccountPlace(directory);
  try {
    const { publicKey } = await loadKeyPair(place.privateKey, files);
    requirePublicKey(await loadPublicKeys(place.publicKey, files), publicKey, place);
    return undefined;
  } catch (error) {
    if (error instanceof KubeadmError) return error;
    throw error;
  }
}

const block = /-----BEGIN ([A-Z ]+)-----[A-Za-z0-9+/=\s]*-----END \1-----/g;

/** Reads all public keys: during a key rotation, the API server accepts tokens of the old and the new key. */
async function loadPublicKeys(
  path: string,
  files: Reader,
  rules: KeyRules = ownKeyRules,
): Promise<readonly KeyObject[]> {
  const failure = `couldn't load the public key file ${path}`;
  const fail = (reason: string, cause?: unknown) =>
    new KubeadmError("CERTIFICATE_INVALID", `${failure}: ${reason}`, { cause, details: { path } });
  let pem: string;
  try {
    pem = await files.readText(path, { maxBytes: 1024 * 1024 });
  } catch (error) {
    throw error instanceof FileError ? fail(messageOf(error), error) : error;
  }
  const keys = (pem.match(block) ?? []).flatMap(publicKeyIn).filter((key) => rules.accepts(key));
  if (keys.length > 0) return keys;
  const reason = `data does not contain any valid ${rules.named("or")} public keys`;
  throw fail(`error reading public key file ${path}: ${reason}`);
}

/** Returns no key for other PEM blocks, as Go's parser does. */
function publicKeyIn(pem: string): readonly KeyObject[] {
  try {
    return [createPublicKey(pem)];
  } catch {
    return [];
  }
}

function requirePublicKey(
  found: readonly KeyObject[],
  wanted: KeyObject,
  place: ReturnType<typeof serviceAccountPlace>,
): void {
  if (found.some((each) => each.equals(wanted))) return;
  throw new KubeadmError("CERTIFICATE_INVALID", `${place.publicKey} is not the public half of ${place.privateKey}`, {
    details: { path: place.publicKey },
  });
}
