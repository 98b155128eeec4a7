import { orElse } from "../../async/or-else.ts";
import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { FileError } from "../../host/file-error.ts";
import type { Files } from "../../host/host.ts";
import { pemBlocks, toPem } from "../../pki/pem.ts";

/**
 * The first readable file is used (the list is that of Go's crypto/x509/root_linux.go, which upstream's binaries use).
 */
const bundles = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/pki/tls/cacert.pem",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  "/etc/ssl/cert.pem",
];
/** Every file in these directories is read in addition to the bundle. */
const directories = ["/etc/ssl/certs", "/etc/pki/tls/certs"];
const maxBytes = 4 * 1024 * 1024;

/**
 * Returns the CAs that the machine trusts as one PEM string. The runtime's list cannot be used: it is compiled in and
 * lacks CAs that an administrator has added. SSL_CERT_FILE and SSL_CERT_DIR name other locations, as in Go and OpenSSL.
 */
export async function machineAuthorities(
  files: Pick<Files, "readText" | "list">,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const { SSL_CERT_FILE: file = "", SSL_CERT_DIR: path = "" } = environment;
  const certificates = new Set(await firstBundle(file === "" ? bundles : [file], files));
  for (const directory of path === "" ? directories : path.split(":")) {
    for (const name of await orNothing(files.list(directory), [])) {
      for (const certificate of await certificatesIn(`${directory}/${name}`, files)) certificates.add(certificate);
    }
  }
  if (certificates.size > 0) return [...certificates].join("\n");
  throw new KubeadmError("DISCOVERY_TLS_UNTRUSTED", "x509: certificate signed by unknown authority", {
    remedy:
      "This machine has no CAs to verify a server with: install its ca-certificates package, or set SSL_CERT_FILE.",
  });
}

async function firstBundle(paths: readonly string[], files: Pick<Files, "readText">): Promise<readonly string[]> {
  for (const path of paths) {
    const certificates = await certificatesIn(path, files);
    if (certificates.length > 0) return certificates;
  }
  return [];
}

async function certificatesIn(path: string, files: Pick<Files, "readText">): Promise<readonly string[]> {
  const text = await orNothing(files.readText(path, { maxBytes }), "");
  return pemBlocks("CERTIFICATE", text).map((block) => toPem("CERTIFICATE", block));
}

async function orNothing<T>(reading: Promise<T>, nothing: T): Promise<T> {
  return orElse(nothing, FileError, () => reading);
}
