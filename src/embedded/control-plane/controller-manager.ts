import type { Clock } from "../../async/clock.ts";
import type { CertificateAuthority } from "../../pki/x509.ts";
import { clusterAuthorizer } from "./api-server.ts";
import type { Storage } from "./apiserver/storage.ts";
import { storeMissing } from "./bootstrap/store-objects.ts";
import { controllerManagerObjects } from "./bootstrap/system-objects.ts";
import { bootstrapSigner } from "./controllers/bootstrap-signer.ts";
import { type ControllerName, Controllers } from "./controllers/controllers.ts";
import { csrApproving } from "./controllers/csr-approving.ts";
import { csrSigning } from "./controllers/csr-signing.ts";
import { garbageCollector } from "./controllers/garbage-collector.ts";
import { jobController } from "./controllers/job.ts";
import { namespaceContentController } from "./controllers/namespace-content.ts";
import { nodeIpam } from "./controllers/node-ipam.ts";
import { tokenCleaner } from "./controllers/token-cleaner.ts";

/** The settings of `startControllerManager`. */
export interface ControllerManagerSettings {
  readonly storage: Storage;
  readonly clock: Clock;
  /** Signs the certificates of CertificateSigningRequests. Undefined for an external CA: nothing is signed. */
  readonly signingCa?: CertificateAuthority | undefined;
  /** PEM of the CA for the ConfigMaps kube-root-ca.crt. */
  readonly rootCaPem: string;
  /** Lifetime of signed certificates, in seconds (--cluster-signing-duration). */
  readonly signingDurationSeconds: number;
  /** --cluster-cidr; each Node gets a subnet of it. Nodes get none if undefined. */
  readonly podSubnet?: string | undefined;
  /** Which controllers exist; all by default. */
  readonly isEnabled?: (name: ControllerName) => boolean;
}

/**
 * Starts the controllers on a storage; `stopAll` stops them, `errors` has what they throw later. Throws StatusError if the
 * storage refuses the objects that they need.
 */
export function startControllerManager(settings: ControllerManagerSettings): Controllers {
  const { storage, clock, signingCa, podSubnet, isEnabled = () => true } = settings;
  storeMissing(storage, controllerManagerObjects(settings.rootCaPem));
  const controllers = new Controllers((onError) => {
    const context = { storage, clock, onError };
    return [
      bootstrapSigner(context),
      tokenCleaner(context),
      csrApproving(context, clusterAuthorizer(storage)),
      ...(signingCa === undefined
        ? []
        : [csrSigning(context, { ca: signingCa, durationSeconds: settings.signingDurationSeconds })]),
      garbageCollector(context),
      jobController(context),
      namespaceContentController(context, settings.rootCaPem),
      ...(podSubnet === undefined ? [] : [nodeIpam(context, podSubnet)]),
    ].filter(({ name }) => isEnabled(name as ControllerName));
  });
  controllers.startAll();
  return controllers;
}
