import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { foreignLines, foreignText } from "../../../errors/printable-text.ts";
import { Secret } from "../../../errors/secret.ts";
import { type ConnectEtcd, type EtcdCredentials, EtcdError } from "../../../etcd/etcd.ts";
import type { EtcdMemberOutlook, EtcdOutlook } from "../../../events/upgrade-plan.ts";
import type { Files } from "../../../host/host.ts";
import { CaBundle } from "../../../pki/ca-bundle.ts";
import type { ExternalEtcd } from "../../config/cluster/cluster-configuration.ts";
import type { ControlPlaneNode } from "../../control-plane/control-plane-node.ts";
import { etcdClientUrl } from "../../control-plane/etcd-pod.ts";
import { readEtcdCredentials } from "../../etcd/etcd-credentials.ts";
import { guessedClientUrls, readLocalMember } from "../../etcd/local-member.ts";
import { quorumOf, quorumText } from "../../etcd/member-names.ts";
import { type SeenMember, type SeenMembers, seeMembers } from "../../etcd/seen-members.ts";

export interface EtcdOutlookPorts {
  readonly files: Pick<Files, "readText">;
  readonly connectEtcd: ConnectEtcd;
  readonly signal: AbortSignal;
}

/** No part of a plan takes longer than a few seconds: three for the list and, after that, the status of each member. */
const patience = { agreementMs: 2_000, localListMs: 1_000, statusMs: 2_000 };

/**
 * Asks each member of etcd how it is, and says whether etcd continues while the member of this machine restarts. Throws
 * EtcdError if no member answers, and KubeadmError, FileError or CaBundleError without certificates.
 */
export async function etcdOutlook(
  node: ControlPlaneNode,
  replacesEtcd: boolean,
  { files, connectEtcd, signal }: EtcdOutlookPorts,
): Promise<EtcdOutlook> {
  const { endpoints, credentials, ownPeerUrls } = await accessOf(node, files);
  const etcd = connectEtcd(endpoints, credentials);
  try {
    const seen = await seeMembers(etcd, patience, signal);
    if (seen instanceof EtcdError) throw seen;
    const isOwn = ({ member }: SeenMember) => member.peerUrls.some((url) => ownPeerUrls.includes(url));
    const members = seen.members.map((each) => memberOutlook(each, isOwn(each)));
    return { members, ...verdict(members, seen, replacesEtcd) };
  } finally {
    etcd.close();
  }
}

interface Access {
  readonly endpoints: readonly string[];
  readonly credentials: EtcdCredentials;
  /** Of the member of this machine. */
  readonly ownPeerUrls: readonly string[];
}

async function accessOf(
  { cluster, localAPIEndpoint }: ControlPlaneNode,
  files: EtcdOutlookPorts["files"],
): Promise<Access> {
  if ("external" in cluster.etcd) {
    const { external } = cluster.etcd;
    return { endpoints: external.endpoints, credentials: await externalCredentials(external, files), ownPeerUrls: [] };
  }
  const own = await readLocalMember(files);
  const clientUrl = own?.clientUrls[0] ?? etcdClientUrl(localAPIEndpoint.advertiseAddress);
  return {
    // If the member of this machine does not respond, the others are found where they were when its Pod was written.
    endpoints: [...new Set([clientUrl, ...guessedClientUrls(own?.initialPeerUrls ?? [])])],
    credentials: await readEtcdCredentials(cluster.certificatesDir, files),
    ownPeerUrls: own?.peerUrls ?? [],
  };
}

async function externalCredentials(
  { caFile, certFile, keyFile }: ExternalEtcd,
  files: EtcdOutlookPorts["files"],
): Promise<EtcdCredentials> {
  if (caFile === "" || certFile === "" || keyFile === "") {
    throw new KubeadmError("ETCD_UNTRUSTED", "the ClusterConfiguration names no certificate for the external etcd");
  }
  const [authority = "", certificate = "", key = ""] = await Promise.all(
    [caFile, certFile, keyFile].map((path) => files.readText(path)),
  );
  return {
    certificateAuthority: CaBundle.parse(authority).pem,
    clientCertificate: certificate,
    clientKey: new Secret(key),
  };
}

function memberOutlook({ member, answer }: SeenMember, isOwn: boolean): EtcdMemberOutlook {
  const { id, isLearner } = member;
  const identity = { id, name: foreignText(member.name), isOwn, isLearner };
  if (answer instanceof EtcdError) {
    return { ...identity, isLeader: false, answers: false, troubles: [foreignText(answer.message)] };
  }
  const { version, leaderId, databaseBytes, quotaBytes, errors } = answer;
  return {
    ...identity,
    isLeader: leaderId === id,
    answers: true,
    version: foreignText(version),
    databaseBytes,
    // Members before etcd 3.6 do not report it.
    ...(quotaBytes === 0 ? {} : { quotaBytes }),
    troubles: foreignLines(errors),
  };
}

function verdict(
  members: readonly EtcdMemberOutlook[],
  { disagreement }: SeenMembers,
  replacesEtcd: boolean,
): Pick<EtcdOutlook, "keepsQuorum" | "consequence"> {
  const voters = members.filter(({ isLearner }) => !isLearner);
  const present = voters.filter(({ answers }) => answers);
  const now = quorumText(voters.length, present.length);
  if (disagreement !== undefined) {
    const reason = foreignText(disagreement.message);
    return { keepsQuorum: false, consequence: `etcd is not working now (${reason}): ${now}` };
  }
  const needed = quorumOf(voters.length);
  if (!replacesEtcd) {
    return { keepsQuorum: present.length >= needed, consequence: `The upgrade doesn't restart etcd: ${now}` };
  }
  if (!members.some(({ isOwn }) => isOwn)) {
    return {
      keepsQuorum: false,
      consequence: "The member of this machine's etcd manifest is not among etcd's members",
    };
  }
  const others = present.filter(({ isOwn }) => !isOwn).length;
  const besides = `without it, ${others} of ${voters.length} voting members ${others === 1 ? "responds" : "respond"}, and etcd needs ${needed}`;
  return others >= needed
    ? { keepsQuorum: true, consequence: `etcd remains available while this machine's member restarts: ${besides}` }
    : {
        keepsQuorum: false,
        consequence: `The API servers can't reach etcd while this machine's member restarts: ${besides}`,
      };
}
