/// <reference types="node" preserve="true" />
/**
 * A small Kubernetes control plane in this process: enough of an API server and its controllers for nodes to join, for
 * kubectl, and for tests that need a cluster.
 *
 * ```ts
 * const controlPlane = await startControlPlane({ version: "v1.37.2" });
 * const token = await controlPlane.createToken({ ttlSeconds: 3600 });
 * // kubeadm join <controlPlane.endpoint> --token <token> --discovery-token-ca-cert-hash <controlPlane.caPin>
 * controlPlane.faults.add({ match: { resource: "nodes", verb: "get" }, times: 1, action: { kind: "status", code: 503 } });
 * controlPlane.controllers.stop("csrsigning");
 * controlPlane.health.fail("etcd");
 * controlPlane.requests.matching((request) => request.code === 403);
 * controlPlane.storage.get(resources.nodes, { name: "w1" });
 * await controlPlane.close();
 * ```
 *
 * Time comes only from the `clock` option (`now`, `sleep`), so that a test can make tokens and certificates expire
 * immediately. `startApiServer` and `startControllerManager` are its two programs; use them with your own storage and
 * certificates, for example for several API servers in one cluster.
 *
 * All data is in memory. Requests may be JSON, YAML or protobuf; responses are JSON.
 */

export type { CertificateSubject } from "../../pki/distinguished-name.ts";
export type { KeyAlgorithm, KeyPair } from "../../pki/keys.ts";
export type { CertificateAuthority } from "../../pki/x509.ts";
export { type ApiServer, type ApiServerSettings, startApiServer } from "./api-server.ts";
export type { StaticToken } from "./apiserver/authentication.ts";
export type { Health, HealthCheck } from "./apiserver/health.ts";
export type { Fields, StoredMetadata, StoredObject } from "./apiserver/objects.ts";
export { resources } from "./apiserver/resource-names.ts";
export type { GroupResource } from "./apiserver/status.ts";
export {
  type ChangeListener,
  type ObjectKey,
  Storage,
  type StorageChange,
  type WritePreconditions,
} from "./apiserver/storage.ts";
export type { UserInfo } from "./apiserver/user-info.ts";
export type { BootstrapTokenSettings, TokenUsage } from "./bootstrap/bootstrap-token.ts";
export type { UploadSettings } from "./bootstrap/uploaded-certificates.ts";
export { type ControlPlane, startControlPlane } from "./control-plane.ts";
export { type ControllerManagerSettings, startControllerManager } from "./controller-manager.ts";
export type { ControllerName, Controllers } from "./controllers/controllers.ts";
export type { FaultAction, FaultRule, Faults, RequestMatcher } from "./faults.ts";
export type { Credential } from "./identities.ts";
export type { ControlPlaneOptions } from "./options.ts";
export { type Answer, type Requester, type RequesterIdentity, requester } from "./requester.ts";
export type { LoggedRequest, RequestLog, RequestPredicate } from "./requests.ts";
export { systemClock } from "./system-clock.ts";
