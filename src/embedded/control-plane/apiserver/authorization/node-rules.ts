import { rule } from "../../bootstrap/rules.ts";
import type { Fields } from "../objects.ts";

/** Rules of the ClusterRole system:node (k/k:plugin/pkg/auth/authorizer/rbac/bootstrappolicy, NodeRules). */
export const nodeRules: readonly Fields[] = [
  rule("create", "authentication.k8s.io", "tokenreviews"),
  rule("create", "authorization.k8s.io", "subjectaccessreviews localsubjectaccessreviews"),
  rule("get list watch", "core", "services"),
  rule("create get list watch", "core", "nodes"),
  rule("update patch", "core", "nodes/status"),
  rule("update patch", "core", "nodes"),
  rule("create update patch", "core events.k8s.io", "events"),
  rule("get list watch", "core", "pods"),
  rule("create delete", "core", "pods"),
  rule("update patch", "core", "pods/status"),
  rule("create", "core", "pods/eviction"),
  rule("get list watch", "core", "secrets configmaps"),
  rule("get", "core", "persistentvolumeclaims persistentvolumes"),
  rule("get", "core", "endpoints"),
  rule("create get list watch", "certificates.k8s.io", "certificatesigningrequests"),
  rule("get create update patch delete", "coordination.k8s.io", "leases"),
  rule("get", "storage.k8s.io", "volumeattachments"),
  rule("create", "core", "serviceaccounts/token"),
  rule("get update patch", "core", "persistentvolumeclaims/status"),
  rule("get watch list", "storage.k8s.io", "csidrivers"),
  rule("get create update patch delete", "storage.k8s.io", "csinodes"),
  rule("get list watch", "node.k8s.io", "runtimeclasses"),
  rule("get", "resource.k8s.io", "resourceclaims"),
  rule("deletecollection", "resource.k8s.io", "resourceslices"),
  rule("get", "core", "serviceaccounts"),
  rule("get list watch create", "certificates.k8s.io", "podcertificaterequests"),
];
