import { methodsOf } from "../grpc/method.ts";
import * as etcd from "./etcd-messages.ts";

const method = methodsOf("etcdserverpb");

/** The calls that kubeadm makes. */
export const etcdMethods = {
  memberList: method("Cluster/MemberList", etcd.MemberListRequest, etcd.MemberListResponse),
  memberAdd: method("Cluster/MemberAdd", etcd.MemberAddRequest, etcd.MemberAddResponse),
  memberPromote: method("Cluster/MemberPromote", etcd.MemberPromoteRequest, etcd.MemberPromoteResponse),
  memberRemove: method("Cluster/MemberRemove", etcd.MemberRemoveRequest, etcd.MemberRemoveResponse),
  /** Answered by a stream. */
  snapshot: method("Maintenance/Snapshot", etcd.SnapshotRequest, etcd.SnapshotResponse),
  moveLeader: method("Maintenance/MoveLeader", etcd.MoveLeaderRequest, etcd.MoveLeaderResponse),
  status: method("Maintenance/Status", etcd.StatusRequest, etcd.StatusResponse),
} as const;
