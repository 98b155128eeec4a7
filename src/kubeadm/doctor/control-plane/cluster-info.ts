import { portOf } from "../../../addresses/url-address.ts";
import { configMaps } from "../../../cluster/resources.ts";
import { isKubeadmError } from "../../../errors/kubeadm-error.ts";
import { YamlError } from "../../../go/yaml/yaml-error.ts";
import { CaBundleError } from "../../../pki/ca-bundle.ts";
import { shell } from "../../../values/shell.ts";
import { loadCertificate } from "../../certificates/certificate-files.ts";
import { describeCertificate } from "../../certificates/check-certificate.ts";
import { clusterInfoName } from "../../cluster-objects/cluster-info.ts";
import { publicNamespace } from "../../cluster-objects/rbac.ts";
import { isSignedBy, signatureKeyPrefix } from "../../discovery/cluster-info-signature.ts";
import { type ClusterEntry, clusterOf, KubeconfigError } from "../../kubeconfig/kubeconfig.ts";
import { parseKubeconfig } from "../../kubeconfig/read-kubeconfig.ts";
import { type CheckOutcome, type DoctorFinding, found, skipped, warned } from "../check.ts";
import type { Examination } from "../examination.ts";
import { unreadReason } from "../facts/answer.ts";
import { bootstrapTokens, hasExpired, isForJoins } from "../facts/bootstrap-tokens.ts";
import { ask } from "../facts/cluster-access.ts";
import { clusterConfiguration } from "../facts/cluster-configuration.ts";
import type { ControlPlane } from "../facts/control-plane.ts";
import { onControlPlane } from "./on-control-plane.ts";

const upload = [shell`kubeadm init phase bootstrap-token`];

export const clusterInfo = onControlPlane({
  name: "cluster-info",
  title: "cluster-info exists, is correct, and is signed for the tokens",
  after: [
    "control-plane-cas",
    "anonymous-access",
    "kube-apiserver-health",
    "kube-controller-manager",
    "bootstrap-tokens",
  ],
  look: async (plane, examination) => {
    const answer = await ask(examination, (cluster, options) =>
      cluster.get(configMaps, { namespace: publicNamespace, name: clusterInfoName }, options),
    );
    if (answer.state === "unseen") return skipped(unreadReason(answer));
    const kubeconfig = answer.state === "found" ? answer.value.data?.["kubeconfig"] : undefined;
    if (answer.state === "missing" || kubeconfig === undefined) {
      const what = answer.state === "missing" ? "is missing" : "has no kubeconfig";
      return warned(`The ConfigMap ${publicNamespace}/${clusterInfoName} ${what}: no machine can join with a token.`, {
        commands: upload,
      });
    }
    return outcomeOf({ kubeconfig, data: answer.value.data ?? {} }, plane, examination);
  },
});

interface Published {
  readonly kubeconfig: string;
  readonly data: Readonly<Record<string, string>>;
}

async function outcomeOf(published: Published, plane: ControlPlane, examination: Examination): Promise<CheckOutcome> {
  const entry = entryIn(published.kubeconfig);
  if (typeof entry === "string") {
    return warned(
      `The kubeconfig in cluster-info cannot be used, so that no machine can join with a token: ${entry}.`,
      {
        commands: upload,
      },
    );
  }
  const signatures = await signatureFindings(published, examination);
  if (typeof signatures === "string") return skipped(signatures);
  return found([...(await entryFindings(entry, plane, examination)), ...signatures.findings], signatures.note);
}

/** Returns the cluster that cluster-info describes, or why it cannot be used. */
function entryIn(text: string): ClusterEntry | string {
  try {
    const entry = clusterOf(parseKubeconfig(text));
    return entry.certificateAuthorityData?.certificates.length === 0 ? "it has no CA" : entry;
  } catch (error) {
    const isContent = error instanceof YamlError || error instanceof KubeconfigError || error instanceof CaBundleError;
    if (isContent || isKubeadmError(error)) return error.message;
    throw error;
  }
}

async function entryFindings(
  { server, certificateAuthorityData }: ClusterEntry,
  { certificatesDir }: ControlPlane,
  { files, once }: Examination,
): Promise<readonly DoctorFinding[]> {
  const findings: DoctorFinding[] = [];
  const path = `${certificatesDir}/ca.crt`;
  const own = await loadCertificate(path, files).catch((error: unknown) => {
    if (isKubeadmError(error)) return undefined;
    throw error;
  });
  const listed = certificateAuthorityData?.certificates ?? [];
  if (own !== undefined && !listed.some(({ raw }) => raw.equals(own.certificate.raw))) {
    findings.push({
      severity: "warning",
      finding: `Cluster-info has a different CA than ${path}: machines that join with a token do not trust this API server.`,
      evidence: [
        ...listed.map((each) => `cluster-info: ${describeCertificate(each)}`),
        `${path}: ${describeCertificate(own.certificate)}`,
      ],
      remedy: "Write it again from admin.conf; joins need the hash of the right CA.",
      commands: upload,
    });
  }
  const configuration = await once(clusterConfiguration);
  const endpoint = configuration.state === "found" ? configuration.value.controlPlaneEndpoint : "";
  if (endpoint !== "" && URL.canParse(server) && portedHost(server) !== endpoint.toLowerCase()) {
    findings.push({
      severity: "warning",
      finding: `Cluster-info sends joining machines to ${server}, but the cluster's controlPlaneEndpoint is ${endpoint}.`,
      remedy: "Write it again from an admin.conf that has the right server.",
      commands: upload,
    });
  }
  return findings;
}

function portedHost(server: string): string {
  const url = new URL(server);
  return `${url.hostname}:${portOf(url)}`;
}

/** Returns the tokens without a valid signature; a reason if the tokens cannot be seen. */
async function signatureFindings({ kubeconfig, data }: Published, { clock, once }: Examination) {
  const answer = await once(bootstrapTokens);
  if (answer.state !== "found") return unreadReason(answer);
  const now = clock.now();
  const usable = answer.value.tokens.filter((token) => isForJoins(token) && !hasExpired(token, now));
  const unsigned = usable.filter(({ token }) => {
    const signature = data[signatureKeyPrefix + token.id];
    return signature === undefined || !isSignedBy(kubeconfig, signature, token);
  });
  const signed = usable.filter((token) => !unsigned.includes(token)).map(({ token }) => token.id);
  const findings = unsigned.map(({ token }): DoctorFinding => {
    const isThere = data[signatureKeyPrefix + token.id] !== undefined;
    return {
      severity: "warning",
      finding: `Cluster-info ${isThere ? "has a wrong signature" : "is not signed"} for the token ${token.id}: a join with it fails.`,
      evidence: [`signed for: ${signed.length === 0 ? "no token" : signed.join(", ")}`],
      remedy:
        "The bootstrap signer of the controller manager signs it: check that the controller manager is healthy, and that its manifest has bootstrapsigner among --controllers.",
      commands: [shell`kubeadm token create --print-join-command`],
    };
  });
  return { findings, note: signed.length === 0 ? undefined : `signed for ${signed.join(", ")}` };
}
