import { orElse } from "../../async/or-else.ts";
import { throwIfAborted } from "../../async/signal.ts";
import { isKubeadmError, messageOf } from "../../errors/kubeadm-error.ts";
import { EtcdError } from "../../etcd/etcd.ts";
import { FileError } from "../../host/file-error.ts";
import type { ClusterConfiguration } from "../../kubeadm/config/cluster/cluster-configuration.ts";
import { defaultTimeouts } from "../../kubeadm/config/fields/timeouts.ts";
import { readEtcdCredentials } from "../../kubeadm/etcd/etcd-credentials.ts";
import { readEtcdData } from "../../kubeadm/etcd/etcd-data.ts";
import { findEtcdEndpoints } from "../../kubeadm/etcd/etcd-endpoints.ts";
import { guessedClientUrls, type LocalMember } from "../../kubeadm/etcd/local-member.ts";
import { etcdctlCommand } from "../../kubeadm/etcd/member-names.ts";
import { type OwnMember, removeOwnMember } from "../../kubeadm/etcd/remove-member.ts";
import { asPart, part, shell } from "../../values/shell.ts";
import type { Run } from "../../workflow/fact.ts";
import { outcome, type ResetContext } from "./context.ts";
import { adminCluster } from "./facts.ts";

/** Milliseconds to ask the cluster where its etcd is: the static Pod on this machine names members, too. */
const podsTimeoutMs = 2_000;
/** Milliseconds for etcd if no API server answers. */
const unaidedTimeoutMs = 5_000;

export interface MemberToRemove {
  readonly configuration: ClusterConfiguration | undefined;
  /** From its static Pod; undefined if that does not exist. */
  readonly local: LocalMember | undefined;
  /** Peer URL of a member that may have been added without getting a static Pod: the join was killed in between. */
  readonly announced: string | undefined;
  readonly dataDirectory: string;
}

/**
 * Removes this machine's member from etcd. A failure is a warning that says what is left to do manually: same as
 * upstream, reset continues.
 */
export async function leaveEtcd(member: MemberToRemove, run: Run<ResetContext>): Promise<void> {
  try {
    await leave(member, run);
  } catch (error) {
    throwIfAborted(run.signal);
    if (!isKubeadmError(error) && !(error instanceof EtcdError)) throw error;
    const message = `Failed to remove etcd member: ${messageOf(error)}, please manually remove this etcd member using etcdctl: ${byHand(member)}`;
    run.events.emit("warning", { area: "reset", message });
    (await run.value(outcome)).remains.push({
      what: "the etcd member of this node in the cluster",
      command: shell`${asPart(etcdctlCommand(part`member list`))}; then the same with: member remove ID`,
    });
  }
}

async function leave(
  { configuration, local, announced, dataDirectory }: MemberToRemove,
  run: Run<ResetContext>,
): Promise<void> {
  const { context, events, signal } = run;
  const { files, clock } = context.host;
  const own = await ownMember({ local, announced, dataDirectory }, run);
  if (own === undefined) return;
  const certificatesDirectory = configuration?.certificatesDir ?? context.options.certificatesDirectory;
  const credentials = await readEtcdCredentials(certificatesDirectory, files);
  const found = configuration === undefined ? [] : await podEndpoints(run);
  const mine = new Set(local?.clientUrls ?? []);
  const all = [...new Set([...found, ...guessedClientUrls(local?.initialPeerUrls ?? []), ...mine])];
  // The member itself comes last: it stops answering when it is removed.
  const endpoints = [...all.filter((url) => !mine.has(url)), ...mine];
  const etcd = context.connectEtcd(endpoints, credentials);
  try {
    const timeoutMs = configuration === undefined ? unaidedTimeoutMs : defaultTimeouts.etcdAPICall;
    const removal = await removeOwnMember(own, { etcd, endpoints }, { clock, events, signal, timeoutMs });
    events.emit("reset.etcd.left", { removal });
  } finally {
    etcd.close();
  }
}

/**
 * Identifies the member by the static Pod, else by the data, else by the address of this machine; undefined if there is
 * none.
 */
async function ownMember(
  { local, announced, dataDirectory }: Omit<MemberToRemove, "configuration">,
  { context }: Run<ResetContext>,
): Promise<OwnMember | undefined> {
  if (local !== undefined && local.peerUrls.length > 0) return { peerUrls: local.peerUrls };
  const data = await readData(dataDirectory, context);
  if (data?.kind === "member") return { peerUrls: [], memberId: data.memberId };
  return announced === undefined ? undefined : { peerUrls: [announced] };
}

async function readData(dataDirectory: string, { host }: ResetContext) {
  return orElse(undefined, FileError, () => readEtcdData(dataDirectory, host.files));
}

async function podEndpoints(run: Run<ResetContext>): Promise<readonly string[]> {
  const { events, signal } = run;
  try {
    const cluster = await run.value(adminCluster);
    const { clock } = run.context.host;
    return await findEtcdEndpoints({ cluster, clock, events, signal, timeoutMs: podsTimeoutMs });
  } catch (error) {
    throwIfAborted(signal);
    if (!isKubeadmError(error)) throw error;
    events.emit("log", { level: 1, area: "reset", message: error.message });
    return [];
  }
}

function byHand({ local }: MemberToRemove): string {
  const mark = local?.peerUrls[0] ?? local?.name;
  const which = mark === undefined ? "" : ` (its line has ${mark})`;
  return `\`${etcdctlCommand(part`member list`)}\` on another control plane shows its ID${which}, \`member remove ID\` removes it`;
}
