import type { Clock } from "../../../async/clock.ts";
import { orElse } from "../../../async/or-else.ts";
import { remedyBefore } from "../../../errors/decision.ts";
import { removingMember } from "../../../errors/destructive-steps.ts";
import type { EtcdMember } from "../../../etcd/etcd.ts";
import { isMissing } from "../../../host/file-error.ts";
import type { Files } from "../../../host/host.ts";
import { isObject } from "../../../values/json.ts";
import { parseJson } from "../../../values/parse-json.ts";
import { part } from "../../../values/shell.ts";
import { awaitHealthyMajority, type EtcdAttendance } from "../../etcd/check-etcd-health.ts";
import { readEtcdCredentials } from "../../etcd/etcd-credentials.ts";
import { type EtcdSession, openEtcd } from "../../etcd/etcd-session.ts";
import { guessedClientUrls } from "../../etcd/local-member.ts";
import { etcdctlCommand, memberTitle, quorumOf, quorumText } from "../../etcd/member-names.ts";
import type { EtcdDataCopy } from "./etcd-data-copy.ts";
import type { EtcdUpgradePorts } from "./etcd-upgrade-types.ts";
import type { EtcdVersions } from "./etcd-versions.ts";
import { type OwnMember, ownClientUrl } from "./own-member.ts";
import { saveEtcdSnapshot } from "./save-etcd-snapshot.ts";

/** What an interrupted upgrade of this machine's member must know when etcd cannot be queried. */
export interface EtcdUpgradeBasis {
  /** The cluster has no other members. */
  readonly isOnlyMember: boolean;
  /** The data is copied while etcd is stopped, and restored if the new etcd does not work. */
  readonly copiesData: boolean;
  /** The tag of the image that the upgrade replaces. */
  readonly previousVersion: string;
  /** Milliseconds since the checks. */
  readonly ageMs: number;
}

export interface PreparedMember extends OwnMember {
  readonly versions: EtcdVersions;
  /** For the backups. */
  readonly directory: string;
  /** Undefined if the static Pod does not say where the data is. */
  readonly data: EtcdDataCopy | undefined;
}

const membersFirst = remedyBefore(
  "Restart the members that the message names, and clear their alarms. Then run the same command again.",
  removingMember({
    id: "unhealthy-member",
    when: "their machines are permanently lost",
    command: etcdctlCommand(part`member remove ID`),
  }),
);

/** Checks that etcd can be upgraded, and saves a snapshot. Changes nothing that runs. */
export async function prepareEtcdUpgrade(prepared: PreparedMember, ports: EtcdUpgradePorts): Promise<EtcdUpgradeBasis> {
  const { node, directory } = prepared;
  const etcdPorts = { ...ports, timeoutMs: node.timeouts.etcdAPICall };
  const session = await openSession(prepared, ports);
  try {
    const attendance = await awaitHealthyMajority(session, etcdPorts, { remedy: membersFirst });
    const own = ownMember(prepared, session.members);
    warnOfAbsence(attendance, own, ports);
    await prepared.data?.requireData();
    const isOnlyMember = session.members.length === 1;
    const changesVersion = prepared.versions.change === "newer";
    const copiesData = isOnlyMember && changesVersion && (await canCopy(prepared, ports));
    // etcd serves newer data than what an earlier attempt has left.
    if (copiesData) await prepared.data?.discard();
    const spaceForCopy = () => (copiesData ? prepared.data?.requireSpace() : undefined);
    const besideBytes = (await spaceForCopy()) ?? 0;
    const endpoint = (attendance.present.find(({ id }) => id === own?.id) ?? attendance.present[0])?.clientUrls[0];
    await saveEtcdSnapshot(
      { endpoint: endpoint ?? ownClientUrl(prepared), directory, besideBytes },
      { ...ports, etcd: session.etcd },
    );
    await spaceForCopy();
    const found = { memberCount: session.members.length, copiesData, previousVersion: prepared.versions.current };
    const basis = JSON.stringify({ ...found, checkedAt: ports.clock.now().toISOString() });
    await ports.files.write(basisPath(directory), `${basis}\n`, { mode: 0o600 });
    return { ...found, isOnlyMember, ageMs: 0 };
  } finally {
    session.etcd.close();
  }
}

/** Returns what the attempt that was interrupted has found out; undefined if etcd was upgraded, and has worked since. */
export async function readBasis(
  directory: string,
  { files, clock }: { readonly files: Pick<Files, "readText">; readonly clock: Pick<Clock, "now"> },
): Promise<EtcdUpgradeBasis | undefined> {
  return orElse(undefined, isMissing, async () => {
    const basis = parseJson(await files.readText(basisPath(directory)));
    if (!isObject(basis)) return undefined;
    const { memberCount, copiesData, previousVersion, checkedAt } = basis;
    const ageMs = clock.now().getTime() - Date.parse(String(checkedAt));
    return {
      isOnlyMember: memberCount === 1,
      copiesData: copiesData === true,
      previousVersion: typeof previousVersion === "string" ? previousVersion : "",
      // A clock that was set back says nothing.
      ageMs: ageMs >= 0 ? ageMs : Number.POSITIVE_INFINITY,
    };
  });
}

/** From here on nothing is rolled back: etcd works. */
export async function forgetBasis(directory: string, files: Pick<Files, "remove">): Promise<void> {
  await files.remove(basisPath(directory));
}

function basisPath(directory: string): string {
  return `${directory}/upgrade.json`;
}

/** The other members are found through this one or, if it does not respond, at the addresses that it was started with. */
async function openSession(prepared: PreparedMember, ports: EtcdUpgradePorts): Promise<EtcdSession> {
  const { node, member } = prepared;
  const endpoints = [...new Set([ownClientUrl(prepared), ...guessedClientUrls(member.initialPeerUrls)])];
  const credentials = await readEtcdCredentials(node.cluster.certificatesDir, ports.files);
  const timeoutMs = node.timeouts.etcdAPICall;
  return openEtcd({ endpoints, credentials, connectEtcd: ports.connectEtcd }, { ...ports, timeoutMs });
}

function ownMember({ member }: PreparedMember, members: readonly EtcdMember[]): EtcdMember | undefined {
  return members.find(({ peerUrls }) => peerUrls.some((url) => member.peerUrls.includes(url)));
}

/** A member that is away does not keep this one from being upgraded, but etcd may stand still while it restarts. */
function warnOfAbsence(
  { present, away }: EtcdAttendance,
  own: EtcdMember | undefined,
  { events }: EtcdUpgradePorts,
): void {
  const count = present.length + away.length;
  const others = present.filter(({ id }) => id !== own?.id).length;
  const consequence =
    others < quorumOf(count) ? ". The API servers can't reach etcd while this machine's member restarts" : "";
  for (const member of away) {
    const message = `no response from the etcd member ${memberTitle(member)} (${quorumText(count, present.length)})${consequence}`;
    events.emit("warning", { area: "upgrade/etcd", message });
  }
}

async function canCopy({ data, member, directory }: PreparedMember, { events }: EtcdUpgradePorts): Promise<boolean> {
  const obstacle =
    data === undefined
      ? "the static Pod of etcd has no volume etcd-data"
      : member.walDirectory === undefined
        ? await data.obstacle()
        : `the write-ahead log is in ${member.walDirectory}`;
  if (obstacle === undefined) return true;
  const message = `etcd's data can't be restored automatically if the new etcd fails: ${obstacle}. The snapshot in ${directory} is the backup`;
  events.emit("warning", { area: "upgrade/etcd", message });
  return false;
}
