import { FileError, type Files } from "../../host/host.ts";
import { kubeletCurrentCertificatePath } from "../paths.ts";

const subjectOfNode = /^CN=system:node:(\S+)$/m;

/** The Node that this machine's kubelet speaks for, by its client certificate; undefined where it has none to read. */
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
    // No certificate at all, to judge by OpenSSL: whose node this was cannot be told any more.
    return undefined;
  }
}
