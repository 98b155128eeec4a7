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
import { namespaceContentController } from "./controllers/namespace-content.ts";
import { nodeIpam } from "./controllers/node-ipam.ts";
import { tokenCleaner } from "./controllers/token-cleaner.ts";

export interface ControllerManagerSettings {
  readonly storage: Storage;
  readonly clock: Clock;
  /** Signs certificates; without it (an external CA) nothing does. */
  readonly signingCa?: CertificateAuthority | undefined;
  /** Of kube-root-ca.crt, PEM. */
  readonly rootCaPem: string;
  /** --cluster-signing-duration */
  readonly signingDurationSeconds: number;
  /** If set, each Node gets a part of it. */
  readonly podSubnet?: string | undefined;
  /** All by default. */
  readonly isEnabled?: (name: ControllerName) => boolean;
}

/** Starts the controllers on a storage; `stopAll` ends them. */
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
      namespaceContentController(context, settings.rootCaPem),
      ...(podSubnet === undefined ? [] : [nodeIpam(context, podSubnet)]),
    ].filter(({ name }) => isEnabled(name as ControllerName));
  });
  controllers.startAll();
  return controllers;
}
