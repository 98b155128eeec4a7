import { X509Certificate } from "node:crypto";
import type { Clock } from "../../async/clock.ts";
import type { KeyPair } from "../../pki/keys.ts";
import { createAuthenticator, type StaticToken } from "./apiserver/authentication.ts";
import { type Authorizer, firstToAllow, privilegedGroup } from "./apiserver/authorization/authorizer.ts";
import { nodeAuthorizer } from "./apiserver/authorization/node.ts";
import { rbacAuthorizer } from "./apiserver/authorization/rbac.ts";
import { Health } from "./apiserver/health.ts";
import { type ApiHandler, createApiServer } from "./apiserver/server.ts";
import { ServiceAccountTokens } from "./apiserver/service-account-tokens.ts";
import type { Storage } from "./apiserver/storage.ts";
import { defaultPolicy } from "./bootstrap/default-policy.ts";
import { storeMissing } from "./bootstrap/store-objects.ts";
import { apiServerObjects } from "./bootstrap/system-objects.ts";
import { Faults } from "./faults.ts";
import { endpointOf, listen } from "./listener.ts";
import { RequestLog } from "./requests.ts";

/** The settings of `startApiServer`. */
export interface ApiServerSettings {
  /** May outlive the server, and may be shared with other servers. */
  readonly storage: Storage;
  readonly clock: Clock;
  /** Address to listen on. */
  readonly host: string;
  /** 0 selects a free port. */
  readonly port: number;
  /** The serving certificate. */
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  /** PEM of the CA that signs client certificates (--client-ca-file). */
  readonly clientCaPem: string;
  /** --service-account-issuer, a URL. */
  readonly serviceAccountIssuer: string;
  /** The keys that sign and verify service account tokens. */
  readonly serviceAccountKeys: KeyPair;
  /** Maximum lifetime of a service account token in seconds; a day by default. */
  readonly maxTokenSeconds?: number | undefined;
  /** --service-cluster-ip-range: "10.96.0.0/12". */
  readonly serviceSubnet: string;
  /** `v1.37.2` */
  readonly version: string;
  /** The `host:port` that it advertises; that of its listener by default. */
  readonly endpoint?: string | undefined;
  /** By default true. */
  readonly anonymousAuth?: boolean;
  readonly staticTokens?: readonly StaticToken[];
  /** Returns why the storage does not respond, which fails all requests; undefined while it does. */
  readonly storageFailure?: () => string | undefined;
}

/** An API server that runs. */
export interface ApiServer {
  readonly storage: Storage;
  /** `host:port` of its listener. */
  readonly address: string;
  /** Answers a request without the listener. */
  readonly handle: ApiHandler;
  readonly requests: RequestLog;
  readonly faults: Faults;
  /** The checks of /livez, /readyz and /healthz. */
  readonly health: Health;
  /** Sets --anonymous-auth while the server runs. */
  setAnonymousAuth(isAllowed: boolean): void;
  /** Ends all connections and watches. */
  close(): Promise<void>;
}

/** Nodes and roles decide what a user may do; members of system:masters may do anything. */
export function clusterAuthorizer(storage: Storage): Authorizer {
  return firstToAllow(privilegedGroup, nodeAuthorizer(storage), rbacAuthorizer(storage));
}

/**
 * Serves a storage as kube-apiserver does, after adding the objects that every API server creates: namespaces and default
 * roles. Throws the error of node:net if it cannot listen, or of node:crypto if a certificate or key is invalid.
 */
export async function startApiServer(settings: ApiServerSettings): Promise<ApiServer> {
  const { storage, clock } = settings;
  const clientCa = new X509Certificate(settings.clientCaPem);
  let handle: ApiHandler = async () => ({ status: 503, headers: {}, body: "starting" });
  const listener = await listen({ ...settings, handle: () => handle });
  const now = () => clock.now();
  const serviceAccountTokens = new ServiceAccountTokens({
    issuer: settings.serviceAccountIssuer,
    keys: settings.serviceAccountKeys,
    storage,
    now,
  });
  let isAnonymousAllowed = settings.anonymousAuth ?? true;
  const storageFailure = settings.storageFailure ?? (() => undefined);
  const health = new Health({ etcd: storageFailure, "etcd-readiness": storageFailure });
  const [requests, faults] = [new RequestLog(), new Faults(clock)];
  const endpoint = settings.endpoint ?? endpointOf(listener);
  handle = createApiServer({
    storage,
    clock,
    authorize: clusterAuthorizer(storage),
    serviceAccountTokens,
    maxTokenSeconds: settings.maxTokenSeconds ?? 24 * 3600,
    serviceSubnet: settings.serviceSubnet,
    version: settings.version,
    endpoint: () => endpoint,
    storageFailure,
    health,
    faults,
    requests,
    authenticate: createAuthenticator({
      storage,
      now,
      clientCa,
      staticTokens: settings.staticTokens ?? [],
      serviceAccountTokens,
      isAnonymousAllowed: () => isAnonymousAllowed,
    }),
  });
  storeMissing(storage, [...apiServerObjects(settings), ...defaultPolicy]);
  let closed: Promise<void> | undefined;
  return {
    storage,
    address: endpointOf(listener),
    handle,
    requests,
    faults,
    health,
    setAnonymousAuth: (isAllowed) => {
      isAnonymousAllowed = isAllowed;
    },
    close: () => {
      closed ??= listener.close();
      return closed;
    },
  };
}
