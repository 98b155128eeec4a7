// The part of containerd's own content service that kubeadm uses: names and field numbers of
// containerd.services.content.v1. containerd serves it on the socket of its CRI.
import { field, int64, message, repeated, string } from "../grpc/message.ts";
import { methodsOf } from "../grpc/method.ts";

/** The namespace in which containerd keeps what comes through CRI. */
export const criNamespace = { "containerd-namespace": "k8s.io" } as const;

const ListStatusesRequest = message({});

/** A write that has not ended, such as the download of a layer. */
const Status = message({
  ref: field(3, string),
  offset: field(4, int64),
  total: field(5, int64),
});

const ListStatusesResponse = message({ statuses: repeated(1, Status) });

const method = methodsOf("containerd.services.content.v1");

export const contentMethods = {
  listStatuses: method("Content/ListStatuses", ListStatusesRequest, ListStatusesResponse),
} as const;
