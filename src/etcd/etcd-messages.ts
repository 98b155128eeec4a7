// The part of etcd's v3 API that kubeadm uses: names and field numbers of etcd's api/etcdserverpb/rpc.proto, without the
// fields nobody here reads.
import {
  bool,
  bytes,
  field,
  int64,
  message,
  optional,
  repeated,
  string,
  uint64,
  type ValueOf,
} from "../grpc/message.ts";

const ResponseHeader = message({
  clusterId: field(1, uint64),
  memberId: field(2, uint64),
});

const Member = message({
  ID: field(1, uint64),
  name: field(2, string),
  peerURLs: repeated(3, string),
  clientURLs: repeated(4, string),
  isLearner: field(5, bool),
});
export type Member = ValueOf<typeof Member>;

export const MemberAddRequest = message({
  peerURLs: repeated(1, string),
  isLearner: field(2, bool),
});

export const MemberAddResponse = message({
  header: optional(1, ResponseHeader),
  member: optional(2, Member),
  members: repeated(3, Member),
});

export const MemberRemoveRequest = message({ ID: field(1, uint64) });

export const MemberRemoveResponse = message({
  header: optional(1, ResponseHeader),
  members: repeated(2, Member),
});

export const MemberListRequest = message({ linearizable: field(1, bool) });

export const MemberListResponse = message({
  header: optional(1, ResponseHeader),
  members: repeated(2, Member),
});

export const MemberPromoteRequest = message({ ID: field(1, uint64) });

export const MemberPromoteResponse = message({
  header: optional(1, ResponseHeader),
  members: repeated(2, Member),
});

export const StatusRequest = message({});

export const StatusResponse = message({
  header: optional(1, ResponseHeader),
  version: field(2, string),
  dbSize: field(3, int64),
  leader: field(4, uint64),
  raftAppliedIndex: field(7, uint64),
  errors: repeated(8, string),
  dbSizeInUse: field(9, int64),
  isLearner: field(10, bool),
  dbSizeQuota: field(12, int64),
});

export const SnapshotRequest = message({});

export const SnapshotResponse = message({
  remainingBytes: field(2, uint64),
  blob: field(3, bytes),
});

export const MoveLeaderRequest = message({ targetID: field(1, uint64) });

export const MoveLeaderResponse = message({ header: optional(1, ResponseHeader) });
