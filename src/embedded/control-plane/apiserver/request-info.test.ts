import { expect, test } from "vitest";
import { requestInfo } from "./request-info.ts";

test.each<[string, string, object]>([
  ["GET", "/healthz", { verb: "get", isResourceRequest: false }],
  ["GET", "/apis/apps/v1", { verb: "get", isResourceRequest: false }],
  ["GET", "/api/v1/nodes", { verb: "list", resource: "nodes", group: "", version: "v1", namespace: "" }],
  ["GET", "/api/v1/nodes/w1", { verb: "get", resource: "nodes", name: "w1" }],
  ["GET", "/api/v1/nodes?watch=true", { verb: "watch" }],
  ["GET", "/api/v1/nodes?watch=0", { verb: "list" }],
  ["PATCH", "/api/v1/nodes/w1/status", { verb: "patch", resource: "nodes", name: "w1", subresource: "status" }],
  ["GET", "/api/v1/namespaces/a", { verb: "get", resource: "namespaces", name: "a", namespace: "a" }],
  ["PUT", "/api/v1/namespaces/a/finalize", { verb: "update", resource: "namespaces", subresource: "finalize" }],
  ["POST", "/api/v1/namespaces/a/secrets", { verb: "create", resource: "secrets", namespace: "a", name: "" }],
  ["DELETE", "/api/v1/namespaces/a/secrets", { verb: "deletecollection", resource: "secrets" }],
  ["DELETE", "/api/v1/namespaces/a/secrets/s", { verb: "delete", name: "s" }],
  [
    "GET",
    "/api/v1/namespaces/a/configmaps?fieldSelector=metadata.name%3Dkube-proxy&watch=true",
    { verb: "watch", name: "kube-proxy" },
  ],
  [
    "GET",
    "/apis/rbac.authorization.k8s.io/v1/namespaces/a/roles/kubeadm:x%2Fy",
    { verb: "get", group: "rbac.authorization.k8s.io", resource: "roles", name: "kubeadm:x/y" },
  ],
])("%s %s", (method, target, expected) => {
  const url = new URL(target, "https://server");
  expect(requestInfo(method, url.pathname, url.searchParams)).toMatchObject(expected);
});
