import { orElse } from "../../async/or-else.ts";
import { FileError } from "../../host/file-error.ts";
import type { Files } from "../../host/host.ts";
import { certificatesIn } from "../../pki/certificate.ts";
import { nodeOfUser } from "../kubelet/node-user.ts";
import { kubeletCurrentCertificatePath } from "../paths.ts";

/** Returns the Node name of this machine's kubelet, from its client certificate; undefined if it has none. */
export async function kubeletNodeName(files: Pick<Files, "readText">): Promise<string | undefined> {
  const pem = await orElse(undefined, FileError, () => files.readText(kubeletCurrentCertificatePath));
  if (pem === undefined) return undefined;
  const commonName = /^CN=(\S+)$/m.exec(certificatesIn(pem)[0]?.subject ?? "")?.[1] ?? "";
  return nodeOfUser(commonName) || undefined;
}
