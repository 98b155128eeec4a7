import type { Etcd } from "../../../etcd/etcd.ts";
import type { ControlPlaneNode } from "../../control-plane/control-plane-node.ts";
import { etcdClientUrl } from "../../control-plane/etcd-pod.ts";
import { readEtcdCredentials } from "../../etcd/etcd-credentials.ts";
import { awaitMember } from "./await-member.ts";
import type { EtcdUpgradePorts } from "./etcd-upgrade-types.ts";
import type { MemberInManifest } from "./member-in-manifest.ts";

/** The etcd member of this machine. */
export interface OwnMember {
  readonly node: ControlPlaneNode;
  readonly member: MemberInManifest;
}

/** Runs an action with a new client of this machine's member, which has the certificate that is on disk now. */
export async function withOwnClient<T>(
  own: OwnMember,
  { connectEtcd, files }: Pick<EtcdUpgradePorts, "connectEtcd" | "files">,
  action: (etcd: Etcd, clientUrl: string) => Promise<T>,
): Promise<T> {
  const clientUrl = ownClientUrl(own);
  const etcd = connectEtcd([clientUrl], await readEtcdCredentials(own.node.cluster.certificatesDir, files));
  try {
    return await action(etcd, clientUrl);
  } finally {
    etcd.close();
  }
}

export function ownClientUrl({ node, member }: OwnMember): string {
  return member.clientUrls[0] ?? etcdClientUrl(node.localAPIEndpoint.advertiseAddress);
}

/** Returns the wait for the member of this machine, with the certificate that is on disk at that time. */
export function awaitOwnMember(own: OwnMember, ports: EtcdUpgradePorts): (timeoutMs: number) => Promise<void> {
  const since = ports.clock.now();
  return (timeoutMs) =>
    withOwnClient(own, ports, (etcd, clientUrl) => awaitMember({ etcd, clientUrl, since, timeoutMs }, ports));
}
