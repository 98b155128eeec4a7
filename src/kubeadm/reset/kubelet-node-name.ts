import { FileError, type Files } from "../../host/host.ts";
import { certificatesIn } from "../../pki/certificate.ts";
import { nodeOfUser } from "../kubelet/node-user.ts";
import { kubeletCurrentCertificatePath } from "../paths.ts";

/** Returns the Node name of this machine's kubelet, from its client certificate; undefined if it has none. */
export async function kubeletNodeName(files: Pick<Files, "readText">): Promise<string | undefined> {
  let pem: string;
  try {
    pem = await files.readText(kubeletCurrentCertificatePath);
  } catch (error) {
    if (error instanceof FileError) return undefined;
    throw error;
  }
  const commonName = /^CN=(\S+)$/m.exec(certificatesIn(pem)[0]?.subject ?? "")?.[1] ?? "";
  return nodeOfUser(commonName) || undefined;
}
