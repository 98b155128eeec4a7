import type { X509Certificate } from "node:crypto";
import { orElse } from "../../async/or-else.ts";
import { KubeadmError, messageOf, withContext } from "../../errors/kubeadm-error.ts";
import { FileError, isMissing } from "../../host/file-error.ts";
import type { Files } from "../../host/host.ts";
import { resolvePath } from "../../host/resolve-path.ts";
import { certificatesIn } from "../../pki/certificate.ts";
import { type KeyPair, keyPairFromPem, privateKeyPem } from "../../pki/keys.ts";
import { isForeignMlDsaForm } from "../../pki/ml-dsa.ts";
import { canSign } from "../../pki/signature.ts";
import { defined } from "../../values/defined.ts";
import { shell } from "../../values/shell.ts";
import { type KeyRules, ownKeyRules } from "../config/fields/encryption-algorithms.ts";
import { inContext } from "../file-failure.ts";

export type Reader = Pick<Files, "readText" | "status">;
export type Writer = Reader & Pick<Files, "write">;

/** Paths of a pair of files: `<base>.crt` and `<base>.key`. */
export interface Place {
  readonly certificate: string;
  readonly key: string;
}

export function placeOf(directory: string, baseName: string): Place {
  return { certificate: `${directory}/${baseName}.crt`, key: `${directory}/${baseName}.key` };
}

/** The first certificate of a file, and the intermediates from it to its CA. */
export interface LoadedCertificate {
  readonly pem: string;
  readonly certificate: X509Certificate;
  readonly intermediates: readonly X509Certificate[];
}

/**
 * Reads a certificate file. Throws CERTIFICATE_INVALID with upstream's message (client-go: util/cert CertsFromFile).
 */
export async function loadCertificate(path: string, files: Reader): Promise<LoadedCertificate> {
  const pem = await read(path, `couldn't load the certificate file ${path}`, files);
  const reason = "data does not contain any valid RSA or ECDSA certificates";
  const [certificate, ...intermediates] = certificatesIn(pem);
  if (certificate !== undefined) return { pem, certificate, intermediates };
  throw invalid(`couldn't load the certificate file ${path}: error reading ${path}: ${reason}`, path);
}

/**
 * Reads a private key file. Throws CERTIFICATE_INVALID with upstream's message (client-go: util/keyutil
 * PrivateKeyFromFile).
 */
export async function loadKeyPair(
  path: string,
  files: Reader,
  {
    failure = `couldn't load the private key file ${path}`,
    rules = ownKeyRules,
  }: { readonly failure?: string; readonly rules?: KeyRules } = {},
): Promise<KeyPair> {
  const pem = await read(path, failure, files);
  const keys = keysIn(pem);
  if (keys === undefined || !rules.parses(keys.privateKey)) {
    const reason = `data does not contain a valid ${rules.named("or")} private key`;
    throw invalid(`${failure}: error reading private key file ${path}: ${reason}`, path, {
      ...(keys === undefined && isForeignMlDsaForm(pem) ? { remedy: seedOnly(path) } : {}),
    });
  }
  if (!rules.accepts(keys.privateKey)) {
    throw invalid(`the private key file ${path} is neither in ${rules.named("nor")} format`, path);
  }
  if (!canSign(keys.privateKey)) {
    const curve = keys.privateKey.asymmetricKeyDetails?.namedCurve;
    throw invalid(`${failure}: error reading private key file ${path}: unknown elliptic curve ${curve}`, path);
  }
  return keys;
}

function seedOnly(path: string): string {
  return (
    `${path} is an ML-DSA key in a form that Kubernetes' components do not read: they need its seed, and the seed alone. ` +
    `Unless the key has no seed, OpenSSL 3.5 or later converts it: \`${shell`openssl pkey -in ${path} -provparam ml-dsa.output_formats=seed-only`}\`.`
  );
}

function keysIn(pem: string): KeyPair | undefined {
  try {
    return keyPairFromPem(pem);
  } catch {
    return undefined;
  }
}

/** Reads both files of a pair; errors have upstream's context. */
export async function loadPair(place: Place, files: Reader): Promise<LoadedCertificate & { readonly keys: KeyPair }> {
  const loaded = await within("failed to load certificate", loadCertificate(place.certificate, files));
  return { ...loaded, keys: await within("failed to load key", loadKeyPair(place.key, files)) };
}

/** Awaits the work and adds upstream's context to its error. */
export async function within<T>(context: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw withContext(error, context);
  }
}

/** Reports whether either file of the pair exists, so that neither may be written. */
export async function pairExists(place: Place, files: Reader): Promise<boolean> {
  const found = await Promise.all([exists(place.certificate, files), exists(place.key, files)]);
  return found.includes(true);
}

/**
 * Reports whether the file exists; a dangling symlink does not count. One that may not be looked at does: reading it says
 * why.
 */
export async function exists(path: string, { status }: Pick<Reader, "status">): Promise<boolean> {
  return orElse(true, FileError, async () => {
    if ((await status(path))?.kind !== "symlink") return (await status(path)) !== undefined;
    return (await status(await resolvePath(path, { status, followLast: true }))) !== undefined;
  });
}

export function writeKey(path: string, { privateKey }: KeyPair, files: Pick<Files, "write">): Promise<void> {
  return inContext(`unable to write private key to file ${path}`, async () => {
    await files.write(path, privateKeyPem(privateKey), { mode: 0o600, secret: true });
  });
}

/** Writes the key first: a certificate without its key is useless. */
export async function writePair(
  place: Place,
  { keys, pem }: { readonly keys: KeyPair; readonly pem: string },
  files: Pick<Files, "write">,
): Promise<void> {
  await inContext("couldn't write key", () => writeKey(place.key, keys, files));
  await inContext(`unable to write certificate to file ${place.certificate}`, async () => {
    await files.write(place.certificate, pem, { mode: 0o644 });
  });
}

async function read(path: string, failure: string, files: Reader): Promise<string> {
  try {
    return await files.readText(path, { maxBytes: 1024 * 1024 });
  } catch (error) {
    if (error instanceof FileError) throw invalid(`${failure}: ${messageOf(error)}`, path, { cause: error });
    throw error;
  }
}

function invalid(
  message: string,
  path: string,
  { cause, remedy }: { readonly cause?: unknown; readonly remedy?: string } = {},
): KubeadmError {
  const general = isMissing(cause)
    ? `Put ${path} in its place, or move away the other file of the pair, so that both are created again.`
    : `Check ${path}, and move it and the other file of the pair away, so that both are created again.`;
  return new KubeadmError("CERTIFICATE_INVALID", message, {
    details: { path },
    ...defined({ cause }),
    remedy: remedy ?? general,
  });
}
