import type { X509Certificate } from "node:crypto";
import { choice } from "../../../errors/decision.ts";
import { FileError } from "../../../host/file-error.ts";
import { CaBundleError } from "../../../pki/ca-bundle.ts";
import { certificatesIn } from "../../../pki/certificate.ts";
import { isRecord } from "../../../values/json.ts";
import { part, shell } from "../../../values/shell.ts";
import { describeCertificate } from "../../certificates/check-certificate.ts";
import { endOf, signatureProblem, validityProblem } from "../../certificates/validity.ts";
import { currentCluster } from "../../kubeconfig/kubeconfig.ts";
import { defaultCaCertPath } from "../../paths.ts";
import { type DoctorCheck, type DoctorFinding, failed, found } from "../check.ts";
import type { Examination } from "../examination.ts";
import { anonymousAnswer, authoritiesOf, inspection } from "../facts/endpoint.ts";
import type { KubeconfigOnDisk } from "../facts/kubeconfig.ts";
import { kubeletConfiguration } from "../facts/kubelet.ts";
import { usedKubeconfig } from "../facts/used-kubeconfig.ts";
import { setAside } from "../suggested-commands.ts";
import { newKubeletCredentials } from "./new-kubelet-credentials.ts";

export const clusterAuthority: DoctorCheck = {
  name: "cluster-ca",
  group: "credentials",
  title: "The cluster's CA is valid, and the same everywhere on this machine",
  after: ["clock", "kubelet-kubeconfig"],
  look: async (examination) => {
    const { clock, files, once } = examination;
    const [used, configured] = await Promise.all([once(usedKubeconfig), once(kubeletConfiguration)]);
    if (used.state === "not-readable") throw used.error;
    const path = clientCaFile(configured.state === "loaded" ? configured.configuration : {}) ?? defaultCaCertPath;
    const cluster = used.state === "loaded" ? currentCluster(used.kubeconfig) : undefined;
    let trusted: readonly X509Certificate[] = [];
    try {
      trusted = cluster === undefined ? [] : ((await authoritiesOf(cluster, files))?.certificates ?? []);
    } catch (error) {
      if (!(error instanceof CaBundleError)) throw error;
      return failed(`The CA in the kubelet's kubeconfig cannot be read: ${error.message}.`, {
        evidence: used.state === "loaded" ? [used.path] : [],
        remedy: "Copy certificate-authority-data from a kubeconfig of another node of the cluster.",
      });
    }
    let pem: string;
    try {
      pem = await files.readText(path);
    } catch (error) {
      if (!(error instanceof FileError) || error.code !== "not-found") throw error;
      return failed(`The CA file ${path} is missing: the kubelet does not start without it.`, restoring(path, used));
    }
    const here = certificatesIn(pem);
    const [first] = here;
    if (first === undefined) {
      return failed(
        `${path} contains no readable certificate: the kubelet does not start with it.`,
        restoring(path, used),
      );
    }
    const findings: DoctorFinding[] = [];
    for (const ca of new Map([...here, ...trusted].map((each) => [each.fingerprint256, each])).values()) {
      const invalid = validityProblem(ca, clock.now());
      if (invalid === undefined) continue;
      // While a CA is being replaced, the bundle has a valid one too.
      const others = here.some((each) => validityProblem(each, clock.now()) === undefined);
      findings.push({
        severity: others ? "warning" : "error",
        finding: `The cluster's CA ${invalid}.`,
        evidence: [describeCertificate(ca)],
        remedy: "No certificate outlives the CA that signed it: the cluster needs a new CA.",
        commands: [shell`kubeadm certs check-expiration   # on a control plane`],
      });
    }
    const shared = here.some((each) => trusted.some((other) => other.raw.equals(each.raw)));
    if (trusted.length > 0 && !shared) {
      findings.push({
        severity: "error",
        finding: `${path} is not the CA in the kubelet's kubeconfig: two clusters are mixed on this machine.`,
        evidence: [
          ...here.map((each) => `${path}: ${describeCertificate(each)}`),
          ...trusted.map((each) => `kubeconfig: ${describeCertificate(each)}`),
        ],
        ...(await mixedClusters(path, { used, here }, examination)),
      });
    }
    return found(findings, `valid until ${endOf(first)}`);
  },
};

/** The CA that has signed the API server's certificate is the right one; without such a server, a person has to know. */
async function mixedClusters(
  path: string,
  { used, here }: { readonly used: KubeconfigOnDisk; readonly here: readonly X509Certificate[] },
  examination: Examination,
) {
  const { once } = examination;
  if ((await once(anonymousAnswer))?.state === "answered") {
    const { remedy, commands } = restoring(path, used);
    return {
      remedy: `The API server has a certificate of the CA in the kubeconfig: that CA is right. ${remedy}`,
      commands: [setAside(path), ...commands],
    };
  }
  const [leaf, ...intermediates] = (await once(inspection))?.certificates ?? [];
  if (leaf !== undefined && signatureProblem({ leaf, intermediates }, here) === undefined) {
    const { remedy, commands } = await newKubeletCredentials("kubeconfig", examination);
    return { remedy: `The API server has a certificate of the CA in ${path}: that CA is right. ${remedy}`, commands };
  }
  return {
    remedy: "Put the CA of this machine's cluster in both places.",
    commands: [shell`openssl x509 -noout -fingerprint -sha256 -in ${path}`],
    decision: choice("Only you can know which of the two clusters this machine belongs to."),
  };
}

/** The kubelet's kubeconfig has the same CA, unless its file is on this machine, too. */
function restoring(path: string, used: KubeconfigOnDisk) {
  const then = ", then restart the kubelet.";
  const embedded = used.state === "loaded" && currentCluster(used.kubeconfig)?.certificateAuthorityData !== undefined;
  if (!embedded) {
    return {
      remedy: `Copy the file from another node of the cluster${then}`,
      commands: [shell`scp ${`NODE:${path}`} ${path}`, shell`systemctl restart kubelet`],
    };
  }
  const data = part`kubectl config view --kubeconfig ${used.path} --raw --minify -o jsonpath='{.clusters[0].cluster.certificate-authority-data}'`;
  return {
    remedy: `Write the CA of ${used.path} to the file${then}`,
    commands: [shell`${data} | base64 -d > ${path}`, shell`systemctl restart kubelet`],
  };
}

function clientCaFile({ authentication }: Readonly<Record<string, unknown>>): string | undefined {
  const x509 = isRecord(authentication) ? authentication["x509"] : undefined;
  const path = isRecord(x509) ? x509["clientCAFile"] : undefined;
  return typeof path === "string" && path.startsWith("/") ? path : undefined;
}
