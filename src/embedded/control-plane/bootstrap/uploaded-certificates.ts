// The Secret kubeadm-certs, from which joining control planes take the keys that all of them share.
import { randomBytes } from "node:crypto";
import type { Clock } from "../../../async/clock.ts";
import { secrets } from "../../../cluster/resources.ts";
import { desired } from "../../../kubeadm/cluster-objects/desired-object.ts";
import { systemNamespace } from "../../../kubeadm/cluster-objects/rbac.ts";
import { seal } from "../../../kubeadm/cluster-objects/sealed-value.ts";
import {
  sharedCertificatesReaders,
  sharedCertificatesSecret,
} from "../../../kubeadm/cluster-objects/shared-certificates.ts";
import { certificatesSecret } from "../../../kubeadm/cluster-objects/upload-certificates.ts";
import { generateToken, tokenText } from "../../../kubeadm/tokens/generate-token.ts";
import { generateKeys, type KeyPair, privateKeyPem } from "../../../pki/keys.ts";
import type { CertificateAuthority } from "../../../pki/x509.ts";
import type { StoredObject } from "../apiserver/objects.ts";
import type { WriteContext } from "../apiserver/registry/resource.ts";
import { resources } from "../apiserver/resource-names.ts";
import type { Storage } from "../apiserver/storage.ts";
import { createAuthority } from "../identities.ts";
import { bootstrapTokenSecret } from "./bootstrap-token.ts";
import { storeDesired } from "./store-objects.ts";

/** The settings of `ControlPlane.uploadCertificates`. */
export interface UploadSettings {
  /** 64 hexadecimal digits; random by default. */
  readonly certificateKey?: string;
  /** Seconds until the Secret is deleted; two hours by default, as in kubeadm. */
  readonly ttlSeconds?: number;
}

interface Shared {
  readonly storage: Storage;
  /** How the server stores what a client writes. */
  readonly writes: WriteContext;
  readonly clock: Clock;
  readonly ca: CertificateAuthority;
  readonly serviceAccountKeys: KeyPair;
}

/** Stores new content in the Secret; returns the key that encrypts it. */
export async function uploadCertificates(shared: Shared, settings: UploadSettings = {}): Promise<string> {
  const { storage, clock } = shared;
  const key = settings.certificateKey ?? randomBytes(32).toString("hex");
  const files = await sharedFiles(shared);
  const sealed = Object.entries(files).map(([name, text]) => [
    name,
    Buffer.from(seal(Buffer.from(text), Buffer.from(key, "hex"))).toString("base64"),
  ]);
  const owner = storage.create(resources.secrets, ownerToken(settings.ttlSeconds ?? 2 * 3600, clock.now()));
  const secret = { namespace: systemNamespace, name: sharedCertificatesSecret };
  if (storage.get(resources.secrets, secret) !== undefined) storage.delete(resources.secrets, secret);
  const uploaded = desired(secrets, certificatesSecret(Object.fromEntries(sealed), owner));
  storeDesired([uploaded, ...sharedCertificatesReaders], shared.writes);
  return key;
}

async function sharedFiles({ ca, serviceAccountKeys, clock }: Shared): Promise<Readonly<Record<string, string>>> {
  const [frontProxyCa, etcdCa] = await Promise.all(
    ["front-proxy-ca", "etcd-ca"].map(async (commonName) =>
      createAuthority(commonName, await generateKeys("ECDSA-P256"), clock.now()),
    ),
  );
  const pair = (name: string, authority: CertificateAuthority | undefined) =>
    authority === undefined
      ? {}
      : { [`${name}.crt`]: authority.certificatePem, [`${name}.key`]: privateKeyPem(authority.privateKey) };
  return {
    ...pair("ca", ca),
    ...pair("front-proxy-ca", frontProxyCa),
    ...pair("etcd-ca", etcdCa),
    "sa.key": privateKeyPem(serviceAccountKeys.privateKey),
    "sa.pub": serviceAccountKeys.publicKey.export({ format: "pem", type: "spki" }).toString(),
  };
}

/** A token without rights: when it is deleted, the Secret is deleted with it. */
function ownerToken(ttlSeconds: number, now: Date): StoredObject {
  const description = "Proxy for managing TTL for the kubeadm-certs secret";
  return bootstrapTokenSecret(
    tokenText(generateToken()).reveal(),
    { ttlSeconds, description, usages: [], groups: [] },
    now,
  );
}
