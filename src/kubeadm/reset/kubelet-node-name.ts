import { FileError, type Files } from "../../host/host.ts";
import { kubeletCurrentCertificatePath } from "../paths.ts";

const subjectOfNode = /^CN=system:node:(\S+)$/m;

/** Returns the Node name of this machine's kubelet, from its client certificate; undefined if it has none. */
export async function kubeletNodeName(files: Pick<Files, "readText">): Promise<string | undefined> {
  let pem: string;
  try {
    pem = await files.readText(kubeletCurrentCertificatePath);
  } catch (error) {
    if (error instanceof FileError) return undefined;
    throw error;
  }
  const { parseCertificates } = await import("../../pki/certificate.ts");
  try {
    return subjectOfNode.exec(parseCertificates(pem)[0]?.subject ?? "")?.[1];
  } catch {
    // OpenSSL cannot parse it as a certificate: the Node's name is unknown.
    return undefined;
  }
}
