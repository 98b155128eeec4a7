import { orElse } from "../../../async/or-else.ts";
import type { ApiStatusError } from "../../../cluster/cluster.ts";
import { FileError } from "../../../host/file-error.ts";
import { shell } from "../../../values/shell.ts";
import { describeCertificate } from "../../certificates/check-certificate.ts";
import { manifestPath } from "../../control-plane/write-manifest.ts";
import { currentCluster } from "../../kubeconfig/kubeconfig.ts";
import { kubeletKubeconfigPath } from "../../paths.ts";
import { type CheckOutcome, failed } from "../check.ts";
import { newKubeletCredentials } from "../credentials/new-kubelet-credentials.ts";
import type { Examination } from "../examination.ts";
import { argumentOf, controlPlane } from "../facts/control-plane.ts";
import { kubeletKubeconfig } from "../facts/kubeconfig.ts";
import { kubeletCertificate } from "../facts/kubelet-certificate.ts";
import { restartKubelet } from "../suggested-commands.ts";

/**
 * Says why the API server refuses the kubelet. 401: it does not believe the certificate, and another one may help. 403: it
 * does, and its bearer may not; another certificate for the same Node would change nothing.
 */
export async function refusedKubelet(refusal: ApiStatusError, examination: Examination): Promise<CheckOutcome> {
  if (refusal.status === 401) return unauthorized(refusal, examination);
  return (
    (await serverWithPath(refusal, examination)) ??
    (await withoutNodeAuthorizer(refusal, examination)) ??
    (await notOfKubelets(refusal, examination)) ??
    failed(`${forbidden}: ${refusal.message}`, {
      remedy:
        "The API servers must have Node among --authorization-mode, or in their AuthorizationConfiguration: it lets a kubelet use its own Node.",
      commands: [shell`grep authorization ${manifestPath("kube-apiserver")}   # on a control plane`],
    })
  );
}

const forbidden = "The API server knows the kubelet, but does not allow it to read its own Node";

async function unauthorized({ message }: ApiStatusError, examination: Examination): Promise<CheckOutcome> {
  const [certificate, { remedy, commands }] = await Promise.all([
    examination.once(kubeletCertificate),
    newKubeletCredentials("certificate", examination),
  ]);
  const ofCluster =
    certificate.state === "loaded"
      ? "The CA in the kubelet's kubeconfig has signed its certificate: check that --client-ca-file of the API servers contains that CA. If it does, replace the certificate. "
      : "";
  return failed(`The API server refuses the kubelet's credentials: ${message}`, {
    ...(certificate.state === "loaded"
      ? { evidence: [`${certificate.path}: ${describeCertificate(certificate.leaf)}`] }
      : {}),
    remedy: `${ofCluster}${remedy}`,
    commands,
  });
}

/** What is safe between the slashes of a command for sed. */
const plainUrl = /^https:\/\/[\w.:[\]-]+[\w./-]*$/;

/** An API server has no paths in front of /api: behind one, it knows nothing that a kubelet may read. */
async function serverWithPath({ message }: ApiStatusError, { once }: Examination): Promise<CheckOutcome | undefined> {
  const own = await once(kubeletKubeconfig);
  const server = own.state === "loaded" ? (currentCluster(own.kubeconfig)?.server ?? "") : "";
  const { origin, pathname } = URL.canParse(server) ? new URL(server) : { origin: "", pathname: "/" };
  if (pathname === "/") return undefined;
  const address = server.slice(0, server.indexOf("/", "https://".length)) || origin;
  return failed(
    `The server in ${kubeletKubeconfigPath} has the path ${pathname}, and the API server refuses the kubelet there.`,
    {
      evidence: [`server: ${server}`, message],
      remedy: `Remove the path from the address (server: ${address}), then restart the kubelet.`,
      commands: [
        ...(plainUrl.test(server)
          ? [shell`sed -i ${`s|server: ${server}|server: ${address}|`} ${kubeletKubeconfigPath}`]
          : []),
        restartKubelet,
      ],
    },
  );
}

/** A restarted kubelet that may read no Pods does not know the container of the old manifest, which keeps the port. */
const stopApiServer = shell`crictl ps -q --name kube-apiserver | xargs -r crictl stop`;

async function withoutNodeAuthorizer(
  { message }: ApiStatusError,
  examination: Examination,
): Promise<CheckOutcome | undefined> {
  const modes = await authorizationModes(examination);
  if (modes === undefined || modes.split(",").includes("Node")) return undefined;
  const path = manifestPath("kube-apiserver");
  const [flag, corrected] = [`--authorization-mode=${modes}`, `--authorization-mode=Node,${modes}`];
  return failed(`${forbidden}: its authorizer Node is off.`, {
    evidence: [`${path}: ${flag}`, message],
    remedy: `Set ${corrected} in ${path}; the kubelet then restarts the API server with it. If the kubelet was restarted in the meantime, stop the old container.`,
    commands: /^[A-Za-z,]+$/.test(modes) ? [shell`sed -i ${`s/${flag}\\b/${corrected}/`} ${path}`, stopApiServer] : [],
  });
}

/** Undefined on workers, without root, and if a file has the API server's authorizers. */
async function authorizationModes({ once }: Examination): Promise<string | undefined> {
  return orElse(undefined, FileError, async () => {
    const manifest = (await once(controlPlane))?.manifests["kube-apiserver"];
    return manifest === undefined ? undefined : argumentOf(manifest, "authorization-mode");
  });
}

/** The authorizer knows a kubelet by the group in its certificate. */
async function notOfKubelets({ message }: ApiStatusError, examination: Examination): Promise<CheckOutcome | undefined> {
  const certificate = await examination.once(kubeletCertificate);
  if (certificate.state !== "loaded" || certificate.leaf.subject.split("\n").includes("O=system:nodes"))
    return undefined;
  return failed("The kubelet's certificate is not a kubelet certificate: it lacks the group system:nodes.", {
    evidence: [`${certificate.path}: ${describeCertificate(certificate.leaf)}`, message],
    ...(await newKubeletCredentials("certificate", examination)),
  });
}
