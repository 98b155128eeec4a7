import { hostOf } from "../../addresses/url-address.ts";
import type { Clock } from "../../async/clock.ts";
import type { ConnectTransport } from "../../cluster/transport.ts";
import { generateToken, tokenText } from "../../kubeadm/tokens/generate-token.ts";
import { publicKeyPin } from "../../pki/certificate.ts";
import { generateKeys, type KeyPair } from "../../pki/keys.ts";
import type { CertificateAuthority, CertificateSubject } from "../../pki/x509.ts";
import { type ApiServer, startApiServer } from "./api-server.ts";
import type { Health } from "./apiserver/health.ts";
import type { WriteContext } from "./apiserver/registry/resource.ts";
import { resources } from "./apiserver/resource-names.ts";
import { Storage } from "./apiserver/storage.ts";
import type { UserInfo } from "./apiserver/user-info.ts";
import { parseVersion } from "./apiserver/version.ts";
import { type BootstrapTokenSettings, bootstrapTokenSecret } from "./bootstrap/bootstrap-token.ts";
import { kubeadmObjects } from "./bootstrap/kubeadm-objects.ts";
import { storeDesired } from "./bootstrap/store-objects.ts";
import { type UploadSettings, uploadCertificates } from "./bootstrap/uploaded-certificates.ts";
import { startControllerManager } from "./controller-manager.ts";
import type { Controllers } from "./controllers/controllers.ts";
import type { Faults } from "./faults.ts";
import {
  type Credential,
  clientKubeconfig,
  createClientCredential,
  createClusterAuthority,
  createServerCredential,
} from "./identities.ts";
import { type ControlPlaneOptions, type SettledOptions, settle } from "./options.ts";
import type { RequestLog } from "./requests.ts";
import { systemClock } from "./system-clock.ts";
import { inProcessTransport } from "./transport.ts";

/** The user of admin.conf. */
const administrator: UserInfo = { username: "kubernetes-admin", groups: ["kubeadm:cluster-admins"] };

/** A control plane that runs in this process. */
export interface ControlPlane {
  /** `https://127.0.0.1:43210` */
  readonly url: string;
  /** `127.0.0.1:43210`, or the controlPlaneEndpoint that was set: the endpoint to join. */
  readonly endpoint: string;
  /** The certificate of the cluster's CA. */
  readonly caCertificatePem: string;
  /** `sha256:…`, for --discovery-token-ca-cert-hash. */
  readonly caPin: string;
  /** A kubeconfig, as text, of a user in the group kubeadm:cluster-admins. */
  readonly adminKubeconfig: string;
  /** The requests that the API server has answered. */
  readonly requests: RequestLog;
  /** Rules that make requests fail. */
  readonly faults: Faults;
  /** The checks of /livez, /readyz and /healthz. */
  readonly health: Health;
  /** The controllers, to stop and start them. */
  readonly controllers: Controllers;
  /** The stored objects. Callers must not change them in place. */
  readonly storage: Storage;
  /** Returns transports that reach the server by function calls, without a socket. */
  readonly connectInProcess: ConnectTransport;
  /**
   * Stores a bootstrap token and returns it. The controller bootstrapsigner then adds its signature to cluster-info.
   */
  createToken(settings?: BootstrapTokenSettings): Promise<string>;
  /**
   * Generates the other CAs that control planes share (front proxy and etcd) and stores all shared certificates and keys
   * encrypted, as `init --upload-certs` does. Returns the certificate key, 64 hexadecimal digits.
   */
  uploadCertificates(settings?: UploadSettings): Promise<string>;
  /** Issues a client certificate of the cluster's CA. */
  createClientCredential(subject: CertificateSubject): Promise<Credential>;
  /** Returns a kubeconfig, as text, with a client certificate for the user and groups. */
  createKubeconfig(subject: CertificateSubject): Promise<string>;
  /** Sets --anonymous-auth while the server runs. */
  setAnonymousAuth(isAllowed: boolean): void;
  /** Ends all connections and watches, and stops the controllers. */
  close(): Promise<void>;
}

/**
 * Starts an API server and the controllers in this process, with new CAs and the objects that `kubeadm init` creates.
 * Throws Error if `version` is not a Kubernetes version or a subnet is not valid, the signal's reason if it is already
 * aborted, and the error of node:net if the server cannot listen.
 */
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
  const { controlPlaneEndpoint } = options;
  const endpointHost = controlPlaneEndpoint && hostOf(new URL(`https://${controlPlaneEndpoint}`));
  const serverIdentity = { ...options, endpointHost, serverNames: options.serverNames ?? [] };
  const storage = new Storage(() => clock.now());
  const server = await startApiServer({
    ...options,
    ...(await createServerCredential(ca, serverIdentity, now)),
    storage,
    clock,
    clientCaPem: ca.certificatePem,
    serviceAccountIssuer: `https://kubernetes.default.svc.${options.dnsDomain}`,
    serviceAccountKeys,
    endpoint: options.controlPlaneEndpoint,
  });
  const endpoint = options.controlPlaneEndpoint ?? server.address;
  const writes = { ...options, storage, now: () => clock.now(), user: administrator };
  storeDesired(kubeadmObjectsOf(options, endpoint, ca.certificatePem), writes);
  const controllers = startControllerManager({
    ...options,
    storage,
    clock,
    signingCa: ca,
    rootCaPem: ca.certificatePem,
  });
  for (const name of options.stoppedControllers ?? []) controllers.stop(name);
  const parts = { ca, clock, storage, writes, server, controllers, endpoint, serviceAccountKeys };
  const controlPlane = await face(options, parts);
  given.signal?.addEventListener("abort", () => void controlPlane.close(), { once: true });
  return controlPlane;
}

function kubeadmObjectsOf(options: SettledOptions, endpoint: string, caCertificatePem: string) {
  const kubeletConfiguration = options.kubeletConfiguration ?? {};
  return kubeadmObjects({ ...options, endpoint, caCertificatePem, kubeletConfiguration });
}

interface Parts {
  readonly ca: CertificateAuthority;
  readonly clock: Clock;
  readonly storage: Storage;
  readonly writes: WriteContext;
  readonly server: ApiServer;
  readonly controllers: Controllers;
  readonly endpoint: string;
  readonly serviceAccountKeys: KeyPair;
}

async function face(options: SettledOptions, parts: Parts): Promise<ControlPlane> {
  const { ca, clock, storage, server, controllers, endpoint } = parts;
  const createCredential = (subject: CertificateSubject) => createClientCredential(ca, subject, clock.now());
  const createKubeconfig = async (subject: CertificateSubject) =>
    clientKubeconfig({
      clusterName: options.clusterName,
      server: `https://${endpoint}`,
      caCertificatePem: ca.certificatePem,
      user: subject.commonName,
      credential: await createCredential(subject),
    });
  const { username: commonName, groups: organizations } = administrator;
  const adminKubeconfig = await createKubeconfig({ commonName, organizations });
  return {
    url: `https://${server.address}`,
    endpoint,
    caCertificatePem: ca.certificatePem,
    caPin: publicKeyPin(ca.certificate),
    adminKubeconfig,
    requests: server.requests,
    faults: server.faults,
    health: server.health,
    controllers,
    storage,
    connectInProcess: inProcessTransport(() => server.handle, ca.certificatePem),
    createToken: async (settings = {}) => {
      const token = settings.token ?? tokenText(generateToken()).reveal();
      storage.create(resources.secrets, bootstrapTokenSecret(token, settings, clock.now()));
      return token;
    },
    uploadCertificates: (settings) => uploadCertificates(parts, settings),
    createClientCredential: createCredential,
    createKubeconfig,
    setAnonymousAuth: server.setAnonymousAuth,
    close: () => {
      controllers.stopAll();
      return server.close();
    },
  };
}
