import { isKubeadmError } from "../../../errors/kubeadm-error.ts";
import { Secret } from "../../../errors/secret.ts";
import { type Etcd, type EtcdCredentials, EtcdError, type EtcdMember, type EtcdStatus } from "../../../etcd/etcd.ts";
import { FileError } from "../../../host/host.ts";
import { CaBundle, CaBundleError } from "../../../pki/ca-bundle.ts";
import { readEtcdCredentials } from "../../etcd/etcd-credentials.ts";
import { guessedClientUrls, peerUrlsOf } from "../../etcd/local-member.ts";
import type { Examination, Fact } from "../examination.ts";
import { argumentOf, controlPlane, listOf } from "./control-plane.ts";

/** Milliseconds for a list that needs a quorum, for one that does not, and for the status of a member after that. */
const agreementMs = 1_500;
const localListMs = 700;
const statusMs = 900;

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
    if (cause instanceof FileError && cause.code === "permission-denied") throw cause;
    const isContent = isKubeadmError(error) || error instanceof FileError || error instanceof CaBundleError;
    if (isContent) return { state: "unknown", reason: error.message };
    throw error;
  }
};

async function textOf(path: string | undefined, files: Pick<Examination["files"], "readText">): Promise<string> {
  return path === undefined ? "" : files.readText(path, { maxBytes: 1024 ** 2 });
}

/** A member of etcd, and its status or why it gave none. */
export interface SeenMember {
  readonly member: EtcdMember;
  readonly answer: EtcdStatus | EtcdError;
}

/** What etcd says about itself. */
export type EtcdState =
  | { readonly state: "unknown"; readonly reason: string }
  /** No endpoint answers. */
  | { readonly state: "silent"; readonly endpoints: readonly string[]; readonly error: EtcdError }
  | {
      readonly state: "answered";
      readonly members: readonly SeenMember[];
      /** Why a majority does not agree on the members; undefined if it does. */
      readonly disagreement?: EtcdError;
    };

export const etcdState: Fact<EtcdState> = async ({ connectEtcd, once, signal }) => {
  const access = await once(etcdAccess);
  if (access.state === "unknown") return access;
  const etcd = connectEtcd(access.endpoints, access.credentials);
  try {
    const [agreed, local] = await Promise.all([
      orError(etcd.members({ signal, timeoutMs: agreementMs }), signal),
      orError(etcd.members({ signal, timeoutMs: localListMs, isLocal: true }), signal).then((list) =>
        withStatus(list, etcd, signal),
      ),
    ]);
    if (agreed instanceof EtcdError && local instanceof EtcdError) {
      return { state: "silent", endpoints: access.endpoints, error: local };
    }
    const members = local instanceof EtcdError ? await withStatus(agreed, etcd, signal) : local;
    if (members instanceof EtcdError) return { state: "silent", endpoints: access.endpoints, error: members };
    return { state: "answered", members, ...(agreed instanceof EtcdError ? { disagreement: agreed } : {}) };
  } finally {
    etcd.close();
  }
};

async function withStatus(
  list: readonly EtcdMember[] | EtcdError,
  etcd: Etcd,
  signal: AbortSignal,
): Promise<readonly SeenMember[] | EtcdError> {
  if (list instanceof EtcdError) return list;
  return Promise.all(list.map(async (member) => ({ member, answer: await statusOf(member, etcd, signal) })));
}

/** Returns the first answer of a member at its client URLs. */
async function statusOf({ clientUrls }: EtcdMember, etcd: Etcd, signal: AbortSignal): Promise<EtcdStatus | EtcdError> {
  const options = { signal, timeoutMs: statusMs };
  const answers = await Promise.all(clientUrls.map((url) => orError(etcd.status(url, options), signal)));
  const status = answers.find((answer) => !(answer instanceof EtcdError));
  return status ?? answers[0] ?? new EtcdError("unavailable", "it has not started");
}

async function orError<T>(call: Promise<T>, signal: AbortSignal): Promise<T | EtcdError> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof EtcdError) return error;
    // A call that ran out of time closes the connection, and ends the others on it.
    if (!signal.aborted && isKubeadmError(error)) return new EtcdError("timed-out", "the connection was closed", error);
    throw error;
  }
}
