import type { X509Certificate } from "node:crypto";
import { orElse } from "../../async/or-else.ts";
import { Secret } from "../../errors/secret.ts";
import type { Events } from "../../events/events.ts";
import { isMissing } from "../../host/file-error.ts";
import type { Files } from "../../host/host.ts";
import { certificatesIn, hasKey, summarize } from "../../pki/certificate.ts";
import { ChainError, verifyChain } from "../../pki/verify-chain.ts";
import { nodeUser } from "../kubelet/node-user.ts";
import { kubeletCurrentCertificateName } from "../paths.ts";
import { certificateTimestamp } from "./store-client-certificate.ts";

/**
 * The kubelet's certificate store uses this file if there is no current pair; an interrupted rotation leaves it behind.
 */
const updatedCertificateName = "kubelet-client-updated.pem";

export interface ClientCertificateUse {
  /** The kubelet's certificate directory. */
  readonly directory: string;
  readonly nodeName: string;
  /** The CAs of the cluster to join. */
  readonly authorities: readonly X509Certificate[];
  readonly now: Date;
  /** `now` in local time, as in `Clock.local`. */
  readonly localNow: Date;
}

export interface SetAsidePorts {
  readonly files: Files;
  readonly events: Events;
}

/**
 * Moves a client certificate of a previous cluster or node out of the kubelet's way: a kubelet that finds one uses it
 * instead of its bootstrap credentials, writes kubelet.conf, and is then refused by the API server forever. Neither the
 * certificate nor its key is deleted: only the name that the kubelet reads is removed.
 */
export async function setAsideClientCertificate(use: ClientCertificateUse, { files, events }: SetAsidePorts) {
  for (const name of [kubeletCurrentCertificateName, updatedCertificateName]) {
    const path = `${use.directory}/${name}`;
    const pair = await readPair(path, files);
    if (pair === undefined) continue;
    const problem = problemOf(pair, use);
    if (problem === undefined) return;
    const kept = await withoutName(path, { pair, use }, files);
    const message =
      `${path} holds a client certificate that the kubelet cannot use in this cluster: ${problem}. ` +
      `The kubelet would have used it, so it was moved out of the way; the certificate and its key are still in ${kept}`;
    events.emit("warning", { area: "kubelet-start", message });
  }
}

async function readPair(path: string, files: Files): Promise<Secret | undefined> {
  // The kubelet does not treat a dangling link as a certificate either.
  return orElse(undefined, isMissing, async () => new Secret(await files.readText(path)));
}

/** Returns why the kubelet cannot use it; undefined for a certificate of this node in this cluster. */
function problemOf(pair: Secret, { nodeName, authorities, now }: ClientCertificateUse): string | undefined {
  const certificates = certificatesIn(pair.reveal());
  const [leaf, ...intermediates] = certificates;
  if (leaf === undefined) return "it has no readable certificate";
  if (!hasKey(leaf, pair.reveal())) return "the private key is missing, or does not match the certificate";
  const { subject, issuer, notAfter } = summarize(leaf);
  if (now > notAfter) return `${subject}, issued by ${issuer}, expired on ${notAfter.toISOString()}`;
  if (!leaf.subject.split("\n").includes(`CN=${nodeUser(nodeName)}`)) {
    return `${subject}, issued by ${issuer}, is not for the node ${nodeName}`;
  }
  const reasons = authorities.map((root) => reasonAgainst({ leaf, intermediates, root }, now));
  if (reasons.includes(undefined)) return undefined;
  return `the cluster's CA did not issue ${subject}, issued by ${issuer} (${reasons[0] ?? "no CA is known"})`;
}

type Path = Pick<Parameters<typeof verifyChain>[0], "leaf" | "intermediates" | "root">;

function reasonAgainst(path: Path, now: Date): string | undefined {
  try {
    verifyChain({ ...path, usages: ["client auth"] }, now);
    return undefined;
  } catch (error) {
    if (error instanceof ChainError) return error.message;
    throw error;
  }
}

/** Removes the name and returns the path that still holds the content. */
async function withoutName(
  path: string,
  { pair, use }: { readonly pair: Secret; readonly use: ClientCertificateUse },
  files: Files,
): Promise<string> {
  const status = await files.status(path);
  const target = status?.target;
  let kept: string;
  if (target === undefined) {
    kept = `${use.directory}/kubelet-client-replaced-${certificateTimestamp(use.localNow)}.pem`;
    await files.write(kept, pair.reveal(), { mode: 0o600, secret: true });
  } else {
    kept = target.startsWith("/") ? target : `${use.directory}/${target}`;
  }
  await files.remove(path);
  return kept;
}
