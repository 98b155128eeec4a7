import type { Clock } from "../async/clock.ts";
import type { ConnectTransport } from "../cluster/transport.ts";
import { publicKeyPin } from "../pki/certificate.ts";
import { generateKeys } from "../pki/keys.ts";
import type { CertificateAuthority, CertificateSubject } from "../pki/x509.ts";
import { createAuthenticator } from "./apiserver/authentication.ts";
import { type Authorizer, firstToAllow, privilegedGroup } from "./apiserver/authorization/authorizer.ts";
import { nodeAuthorizer } from "./apiserver/authorization/node.ts";
import { rbacAuthorizer } from "./apiserver/authorization/rbac.ts";
import type { StoredObject } from "./apiserver/objects.ts";
import { registry } from "./apiserver/registry/registry.ts";
import { apiVersionOf } from "./apiserver/registry/resource.ts";
import { resources } from "./apiserver/resource-names.ts";
import { type ApiHandler, createApiServer } from "./apiserver/server.ts";
import { ServiceAccountTokens } from "./apiserver/service-account-tokens.ts";
import { Storage } from "./apiserver/storage.ts";
import { parseVersion } from "./apiserver/version.ts";
import { type BootstrapTokenSettings, bootstrapTokenSecret, randomToken } from "./bootstrap/bootstrap-token.ts";
import { defaultPolicy } from "./bootstrap/default-policy.ts";
import { kubeadmObjects } from "./bootstrap/kubeadm-objects.ts";
import { systemObjects } from "./bootstrap/system-objects.ts";
import { bootstrapSigner } from "./controllers/bootstrap-signer.ts";
import { Controllers } from "./controllers/controllers.ts";
import { csrApproving } from "./controllers/csr-approving.ts";
import { csrSigning } from "./controllers/csr-signing.ts";
import { garbageCollector } from "./controllers/garbage-collector.ts";
import { namespaceContentController } from "./controllers/namespace-content.ts";
import { nodeIpam } from "./controllers/node-ipam.ts";
import type { ControllerContext } from "./controllers/reconciler.ts";
import { tokenCleaner } from "./controllers/token-cleaner.ts";
import { Faults } from "./faults.ts";
import {
  type Credential,
  clientKubeconfig,
  createClientCredential,
  createClusterAuthority,
  createServerCredential,
} from "./identities.ts";
import { type Listener, listen } from "./listener.ts";
import { type ControlPlaneOptions, type SettledOptions, settle } from "./options.ts";
import { RequestLog } from "./requests.ts";
import { systemClock } from "./system-clock.ts";
import { inProcessTransport } from "./transport.ts";

export interface ControlPlane {
  /** `https://127.0.0.1:43210` */
  readonly url: string;
  /** `127.0.0.1:43210`, or the controlPlaneEndpoint that was given: what a join is told. */
  readonly endpoint: string;
  readonly caCertificatePem: string;
  /** `sha256:…`, for --discovery-token-ca-cert-hash. */
  readonly caPin: string;
  /** Text of a kubeconfig of the group kubeadm:cluster-admins. */
  readonly adminKubeconfig: string;
  readonly requests: RequestLog;
  readonly faults: Faults;
  readonly controllers: Controllers;
  /** The objects as they are stored; what it returns must not be changed. */
  readonly storage: Storage;
  /** Makes transports that reach the server by function calls, without a socket. */
  readonly connectInProcess: ConnectTransport;
  /** Stores a bootstrap token; the result is the token, whose signature is in cluster-info once the signer has run. */
  createToken(settings?: BootstrapTokenSettings): Promise<string>;
  /** A client certificate of the cluster's CA. */
  createClientCredential(subject: CertificateSubject): Promise<Credential>;
  /** A kubeconfig for any identity of the cluster. */
  createKubeconfig(subject: CertificateSubject): Promise<string>;
  setAnonymousAuth(isAllowed: boolean): void;
  /** Ends all connections and watches, and stops the controllers. */
  close(): Promise<void>;
}

export async function startControlPlane(given: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const options = settle(given);
  parseVersion(options.version);
  given.signal?.throwIfAborted();
  const clock = options.clock ?? systemClock;
  const now = clock.now();
  const [ca, serviceAccountKeys] = await Promise.all([
    createClusterAuthority(options.encryptionAlgorithm, now),
    generateKeys("ECDSA-P256"),
  ]);
  const server = await createServerCredential(
    ca,
    {
      ...options,
      endpointHost: options.controlPlaneEndpoint === undefined ? undefined : hostOf(options.controlPlaneEndpoint),
      serverNames: options.serverNames ?? [],
    },
    now,
  );
  let handle: ApiHandler = async () => ({ status: 503, headers: {}, body: "starting" });
  const listener = await listen({
    host: options.host,
    port: options.port,
    certificatePem: server.certificatePem,
    privateKeyPem: server.privateKeyPem,
    clientCaPem: ca.certificatePem,
    handle: () => handle,
  });
  const parts = assemble(options, { ca, clock, listener, serviceAccountKeys });
  handle = parts.handle;
  parts.controllers.startAll();
  for (const name of options.stoppedControllers ?? []) parts.controllers.stop(name);
  const controlPlane = await face(options, { ...parts, ca, clock, listener });
  given.signal?.addEventListener("abort", () => void controlPlane.close(), { once: true });
  return controlPlane;
}

interface Foundation {
  readonly ca: CertificateAuthority;
  readonly clock: Clock;
  readonly listener: Listener;
}

interface Parts {
  readonly endpoint: string;
  readonly handle: ApiHandler;
  readonly storage: Storage;
  readonly requests: RequestLog;
  readonly faults: Faults;
  readonly controllers: Controllers;
  readonly setAnonymousAuth: (isAllowed: boolean) => void;
}

function assemble(
  options: SettledOptions,
  {
    ca,
    clock,
    listener,
    serviceAccountKeys,
  }: Foundation & { readonly serviceAccountKeys: Awaited<ReturnType<typeof generateKeys>> },
): Parts {
  const endpoint = options.controlPlaneEndpoint ?? endpointText(listener);
  const now = () => clock.now();
  const storage = new Storage(now);
  storeInitialObjects(storage, { ...options, endpoint, caCertificatePem: ca.certificatePem });
  const authorize = firstToAllow(privilegedGroup, nodeAuthorizer(storage), rbacAuthorizer(storage));
  const issuer = `https://kubernetes.default.svc.${options.dnsDomain}`;
  const serviceAccountTokens = new ServiceAccountTokens({ issuer, keys: serviceAccountKeys, storage, now });
  let isAnonymousAllowed: boolean = options.anonymousAuth;
  const requests = new RequestLog();
  const faults = new Faults(clock);
  const handle = createApiServer({
    storage,
    clock,
    authorize,
    serviceAccountTokens,
    serviceSubnet: options.serviceSubnet,
    version: options.version,
    endpoint: () => endpoint,
    faults,
    requests,
    authenticate: createAuthenticator({
      storage,
      now,
      clientCa: ca.certificate,
      staticTokens: options.staticTokens ?? [],
      serviceAccountTokens,
      isAnonymousAllowed: () => isAnonymousAllowed,
    }),
  });
  const controllers = new Controllers((onError) =>
    makeControllers({ storage, clock, onError }, authorize, ca, options),
  );
  const setAnonymousAuth = (isAllowed: boolean) => {
    isAnonymousAllowed = isAllowed;
  };
  return { endpoint, handle, storage, requests, faults, controllers, setAnonymousAuth };
}

function makeControllers(
  context: ControllerContext,
  authorize: Authorizer,
  ca: CertificateAuthority,
  options: SettledOptions,
) {
  return [
    bootstrapSigner(context),
    tokenCleaner(context),
    csrApproving(context, authorize),
    csrSigning(context, { ca, durationSeconds: options.signingDurationSeconds }),
    garbageCollector(context),
    namespaceContentController(context, ca.certificatePem),
    ...(options.podSubnet === undefined ? [] : [nodeIpam(context, options.podSubnet)]),
  ];
}

function storeInitialObjects(
  storage: Storage,
  settings: SettledOptions & { readonly endpoint: string; readonly caCertificatePem: string },
): void {
  const kubeletConfiguration = settings.kubeletConfiguration ?? {};
  const objects = [
    ...systemObjects(settings),
    ...defaultPolicy,
    ...kubeadmObjects({ ...settings, kubeletConfiguration }),
  ];
  for (const object of objects) storage.create(resourceOf(object), object);
}

function resourceOf({ apiVersion, kind }: StoredObject) {
  const found = registry.find((definition) => apiVersionOf(definition) === apiVersion && definition.kind === kind);
  if (found === undefined) throw new Error(`no resource for ${kind} of ${apiVersion}`);
  return found;
}

async function face(options: SettledOptions, parts: Parts & Foundation): Promise<ControlPlane> {
  const { ca, clock, listener, storage, endpoint } = parts;
  const createCredential = (subject: CertificateSubject) => createClientCredential(ca, subject, clock.now());
  const createKubeconfig = async (subject: CertificateSubject) =>
    clientKubeconfig({
      clusterName: options.clusterName,
      server: `https://${endpoint}`,
      caCertificatePem: ca.certificatePem,
      user: subject.commonName,
      credential: await createCredential(subject),
    });
  const adminKubeconfig = await createKubeconfig({
    commonName: "kubernetes-admin",
    organizations: ["kubeadm:cluster-admins"],
  });
  let closed: Promise<void> | undefined;
  return {
    url: `https://${endpointText(listener)}`,
    endpoint,
    caCertificatePem: ca.certificatePem,
    caPin: publicKeyPin(ca.certificate),
    adminKubeconfig,
    requests: parts.requests,
    faults: parts.faults,
    controllers: parts.controllers,
    storage,
    connectInProcess: inProcessTransport(() => parts.handle, ca.certificatePem),
    createToken: async (settings = {}) => {
      const token = settings.token ?? randomToken();
      storage.create(resources.secrets, bootstrapTokenSecret(token, settings, clock.now()));
      return token;
    },
    createClientCredential: createCredential,
    createKubeconfig,
    setAnonymousAuth: parts.setAnonymousAuth,
    close: () => {
      parts.controllers.stopAll();
      closed ??= listener.close();
      return closed;
    },
  };
}

function endpointText({ host, port }: Listener): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function hostOf(endpoint: string): string {
  return new URL(`https://${endpoint}`).hostname.replace(/^\[|\]$/g, "");
}
