import { throwIfAborted } from "../../../async/signal.ts";
import { isKubeadmError, KubeadmError, messageOf } from "../../../errors/kubeadm-error.ts";
import { type ConnectEtcd, EtcdError, type EtcdMember } from "../../../etcd/etcd.ts";
import type { Files } from "../../../host/host.ts";
import { readEtcdCredentials } from "../../etcd/etcd-credentials.ts";
import { answerMs, titlesOf, unavailableVoters } from "../../etcd/etcd-health.ts";
import { readLocalMember } from "../../etcd/local-member.ts";
import { quorumOf, quorumText, voters } from "../../etcd/member-names.ts";
import { defaultCertificatesDirectory } from "../../paths.ts";

export interface QuorumPorts {
  readonly files: Pick<Files, "readText">;
  readonly connectEtcd: ConnectEtcd;
  readonly signal: AbortSignal;
}

/**
 * Returns the failure of a request that no API server has answered. If the etcd member of this machine says that a
 * majority of its members does not respond, that is the cause: an API server does not work without etcd.
 */
export async function explainLostQuorum(error: unknown, ports: QuorumPorts): Promise<unknown> {
  const quorum = await lostQuorum(ports);
  if (quorum === undefined) return error;
  const { members, away } = quorum;
  const arithmetic = quorumText(members.length, members.length - away.length);
  const message = `${messageOf(error)}: etcd has no quorum: ${arithmetic}; no response from ${titlesOf(away)}`;
  return new KubeadmError("ETCD_NO_QUORUM", message, { cause: error, details: { away } });
}

interface LostQuorum {
  /** Those that vote. */
  readonly members: readonly EtcdMember[];
  readonly away: readonly EtcdMember[];
}

/** Returns undefined if etcd has its quorum, or if this machine's member cannot be queried. */
async function lostQuorum({ files, connectEtcd, signal }: QuorumPorts): Promise<LostQuorum | undefined> {
  try {
    const own = await readLocalMember(files);
    if (own === undefined) return undefined;
    const credentials = await readEtcdCredentials(own.certificatesDirectory ?? defaultCertificatesDirectory, files);
    const etcd = connectEtcd(
      own.clientUrls.filter((url) => URL.canParse(url)),
      credentials,
    );
    try {
      const members = voters(await etcd.members({ signal, timeoutMs: answerMs, isLocal: true }));
      const away = await unavailableVoters(etcd, members, signal);
      return members.length - away.length < quorumOf(members.length) ? { members, away } : undefined;
    } finally {
      etcd.close();
    }
  } catch (error) {
    throwIfAborted(signal);
    // This only explains a failure; an error here must not replace it.
    if (error instanceof EtcdError || isKubeadmError(error)) return undefined;
    throw error;
  }
}
