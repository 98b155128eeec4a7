import { isKubeadmError } from "../../../errors/kubeadm-error.ts";
import { Secret } from "../../../errors/secret.ts";
import { type EtcdCredentials, EtcdError } from "../../../etcd/etcd.ts";
import { FileError } from "../../../host/file-error.ts";
import { CaBundle, CaBundleError } from "../../../pki/ca-bundle.ts";
import { readEtcdCredentials } from "../../etcd/etcd-credentials.ts";
import { guessedClientUrls, peerUrlsOf } from "../../etcd/local-member.ts";
import { type SeenMembers, seeMembers } from "../../etcd/seen-members.ts";
import type { Examination, Fact } from "../examination.ts";
import { isUnread } from "../unread-file.ts";
import { argumentOf, controlPlane, listOf } from "./control-plane.ts";

/** A diagnosis ends within three seconds. */
const patience = { agreementMs: 1_500, localListMs: 700, statusMs: 900 };

/** Where etcd is, and the certificate for it. */
export type EtcdAccess =
  | {
      readonly state: "known";
      readonly isLocal: boolean;
      readonly endpoints: readonly string[];
      readonly credentials: EtcdCredentials;
    }
  | { readonly state: "unknown"; readonly reason: string };

export const etcdAccess: Fact<EtcdAccess> = async ({ files, once }) => {
  const plane = await once(controlPlane);
  if (plane === undefined) return { state: "unknown", reason: "this machine is not a control plane" };
  const { manifests, hasLocalEtcd, certificatesDir } = plane;
  const apiServer = manifests["kube-apiserver"];
  try {
    if (hasLocalEtcd) {
      const own = listOf(manifests.etcd, "listen-client-urls");
      const others = guessedClientUrls(peerUrlsOf(argumentOf(manifests.etcd, "initial-cluster") ?? ""));
      const endpoints = [...new Set([...(own.length > 0 ? own : listOf(apiServer, "etcd-servers")), ...others])];
      return {
        state: "known",
        isLocal: true,
        endpoints,
        credentials: await readEtcdCredentials(certificatesDir, files),
      };
    }
    const endpoints = listOf(apiServer, "etcd-servers");
    if (endpoints.length === 0) return { state: "unknown", reason: "the API server's manifest names no etcd" };
    const [certificateAuthority = "", clientCertificate = "", clientKey = ""] = await Promise.all(
      ["etcd-cafile", "etcd-certfile", "etcd-keyfile"].map((flag) => textOf(argumentOf(apiServer, flag), files)),
    );
    if (clientCertificate === "")
      return { state: "unknown", reason: "the API server uses no certificate for its etcd" };
    const bundle = CaBundle.parse(certificateAuthority).pem;
    const credentials = { certificateAuthority: bundle, clientCertificate, clientKey: new Secret(clientKey) };
    return { state: "known", isLocal: false, endpoints, credentials };
  } catch (error) {
    const cause = isKubeadmError(error) ? error.cause : error;
    if (isUnread(cause)) throw cause;
    const isContent = isKubeadmError(error) || error instanceof FileError || error instanceof CaBundleError;
    if (isContent) return { state: "unknown", reason: error.message };
    throw error;
  }
};

async function textOf(path: string | undefined, files: Pick<Examination["files"], "readText">): Promise<string> {
  return path === undefined ? "" : files.readText(path);
}

/** What etcd says about itself. */
export type EtcdState =
  | { readonly state: "unknown"; readonly reason: string }
  /** No endpoint answers. */
  | { readonly state: "silent"; readonly endpoints: readonly string[]; readonly error: EtcdError }
  | ({ readonly state: "answered" } & SeenMembers);

export const etcdState: Fact<EtcdState> = async ({ connectEtcd, once, signal }) => {
  const access = await once(etcdAccess);
  if (access.state === "unknown") return access;
  const etcd = connectEtcd(access.endpoints, access.credentials);
  try {
    const seen = await seeMembers(etcd, patience, signal);
    if (seen instanceof EtcdError) return { state: "silent", endpoints: access.endpoints, error: seen };
    return { state: "answered", ...seen };
  } finally {
    etcd.close();
  }
};
