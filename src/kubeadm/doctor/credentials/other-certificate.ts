import type { X509Certificate } from "node:crypto";
import { orElse } from "../../../async/or-else.ts";
import { certificatesIn, hasKey } from "../../../pki/certificate.ts";
import { shell } from "../../../values/shell.ts";
import { endOf, signatureProblem, validityProblem } from "../../certificates/validity.ts";
import { nodeUser } from "../../kubelet/node-user.ts";
import { kubeletCurrentCertificateName } from "../../paths.ts";
import type { Examination } from "../examination.ts";
import { endpoint } from "../facts/endpoint.ts";
import { nodeName } from "../facts/node-name.ts";
import { listed } from "../listed.ts";
import { restartKubelet, setAside } from "../suggested-commands.ts";
import { isUnusable } from "../unread-file.ts";
import type { Advice } from "./new-kubelet-credentials.ts";

/** A kubelet leaves two or three behind; the names end in the time of the certificate. */
const mostCandidates = 20;

/**
 * Returns how to point the kubelet's symlink to another certificate in its directory: one for this Node, from the CA of
 * the cluster in its kubeconfig, currently valid, and with its key. Undefined if there is none.
 */
export async function otherCertificate(current: string, examination: Examination): Promise<Advice | undefined> {
  const directory = current.slice(0, current.lastIndexOf("/"));
  if (current !== `${directory}/${kubeletCurrentCertificateName}`) return undefined;
  const status = await examination.files.status(current);
  const candidates = (await listed(directory, examination.files))
    .filter((name) => /^kubelet-client-.*\.pem$/.test(name) && name !== kubeletCurrentCertificateName)
    .map((name) => `${directory}/${name}`)
    .filter((path) => path !== targetOf(status?.target, directory))
    .toReversed();
  for (const path of candidates.slice(0, mostCandidates)) {
    const leaf = await usableLeaf(path, examination);
    if (leaf === undefined) continue;
    return {
      remedy: `The certificate in ${path} is valid until ${endOf(leaf)}: point the symlink to it.`,
      commands: [...(status === undefined ? [] : [setAside(current)]), shell`ln -s ${path} ${current}`, restartKubelet],
    };
  }
  return undefined;
}

function targetOf(target: string | undefined, directory: string): string | undefined {
  return target === undefined || target.startsWith("/") ? target : `${directory}/${target}`;
}

async function usableLeaf(path: string, { clock, files, once }: Examination): Promise<X509Certificate | undefined> {
  const [place, name] = await Promise.all([once(endpoint), once(nodeName)]);
  const authorities = place?.authorities?.certificates ?? [];
  const pem = await orElse(undefined, isUnusable, async () =>
    (await files.status(path))?.kind === "file" ? files.readText(path) : undefined,
  );
  if (pem === undefined) return undefined;
  const [leaf, ...intermediates] = certificatesIn(pem);
  if (leaf === undefined || !hasKey(leaf, pem)) return undefined;
  if (!leaf.subject.split("\n").includes(`CN=${nodeUser(name)}`)) return undefined;
  const isSound =
    validityProblem(leaf, clock.now()) === undefined &&
    signatureProblem({ leaf, intermediates }, authorities) === undefined;
  return isSound ? leaf : undefined;
}
