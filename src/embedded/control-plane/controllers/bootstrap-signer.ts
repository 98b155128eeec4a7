// k/k:pkg/controller/bootstrap/bootstrapsigner.go
import { createHmac } from "node:crypto";
import { isTokenExpired, secretValue } from "../apiserver/authentication.ts";
import { isEqualJson, type StoredObject, stringMapAt } from "../apiserver/objects.ts";
import { resources } from "../apiserver/resource-names.ts";
import type { StorageChange } from "../apiserver/storage.ts";
import { type Controller, type ControllerContext, reconciler } from "./reconciler.ts";

const clusterInfo = { namespace: "kube-public", name: "cluster-info" };
const signaturePrefix = "jws-kubeconfig-";

/** Keeps one signature for each signing token in cluster-info, and no others. */
export function bootstrapSigner(context: ControllerContext): Controller {
  return reconciler(context, {
    name: "bootstrapsigner",
    watches: [resources.configMaps, resources.secrets],
    keysOf: (change) => (isRelevant(change) ? [clusterInfo.name] : []),
    initialKeys: () => [clusterInfo.name],
    reconcile: async () => {
      signClusterInfo(context);
      return undefined;
    },
  });
}

function isRelevant({ previous, current }: StorageChange): boolean {
  const object = current ?? previous;
  if (object?.kind === "Secret") return isTokenSecret(object);
  const isClusterInfo =
    object?.metadata.name === clusterInfo.name && object.metadata.namespace === clusterInfo.namespace;
  return isClusterInfo && current !== undefined;
}

function isTokenSecret({ metadata, type }: StoredObject): boolean {
  return metadata.namespace === "kube-system" && type === "bootstrap.kubernetes.io/token";
}

function signClusterInfo({ storage, clock }: ControllerContext): void {
  const current = storage.get(resources.configMaps, clusterInfo);
  const data = stringMapAt(current, "data");
  const kubeconfig = data["kubeconfig"];
  if (current === undefined || kubeconfig === undefined) return;
  const unsigned = Object.entries(data).filter(([key]) => !key.startsWith(signaturePrefix));
  const signatures = storage
    .list(resources.secrets, "kube-system")
    .filter(isTokenSecret)
    .flatMap((secret) => signatureEntry(secret, kubeconfig, clock.now()));
  const signed = Object.fromEntries([...unsigned, ...signatures]);
  if (isEqualJson(signed, data)) return;
  const preconditions = { resourceVersion: current.metadata.resourceVersion };
  storage.update(resources.configMaps, clusterInfo, preconditions, (object) => ({ ...object, data: signed }));
}

function signatureEntry(secret: StoredObject, kubeconfig: string, now: Date): readonly [string, string][] {
  const id = /^bootstrap-token-([a-z0-9]{6})$/.exec(secret.metadata.name)?.[1];
  const tokenSecret = secretValue(secret, "token-secret") ?? "";
  const isSigning =
    id !== undefined &&
    secretValue(secret, "token-id") === id &&
    tokenSecret !== "" &&
    secretValue(secret, "usage-bootstrap-signing") === "true" &&
    !isTokenExpired(secret, now);
  return isSigning ? [[`${signaturePrefix}${id}`, detachedSignature(kubeconfig, id, tokenSecret)]] : [];
}

/** JWS compact serialization with a detached payload (RFC 7515, appendix F), HS256 with the token's secret. */
function detachedSignature(content: string, tokenId: string, tokenSecret: string): string {
  const header = Buffer.from(JSON.stringify({ alg: "HS256", kid: tokenId })).toString("base64url");
  const payload = Buffer.from(content).toString("base64url");
  const signature = createHmac("sha256", tokenSecret).update(`${header}.${payload}`).digest("base64url");
  return `${header}..${signature}`;
}
