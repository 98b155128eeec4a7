import type { ApiStatusError } from "../../../cluster/cluster.ts";
import { type CertificateSigningRequest, certificateSigningRequests } from "../../../cluster/resources.ts";
import { type Decision, lastResort } from "../../../errors/decision.ts";
import { humanDuration } from "../../../kubernetes/human-duration.ts";
import { shell } from "../../../values/shell.ts";
import { nodeRequests, servingRequestSelector, stateOf } from "../../bootstrap/certificate-request-state.ts";
import { remainingLife } from "../../certificates/validity.ts";
import { nodeUser } from "../../kubelet/node-user.ts";
import { type CheckOutcome, type DoctorCheck, failed, passed, skipped, warned } from "../check.ts";
import { newKubeletCredentials } from "../credentials/new-kubelet-credentials.ts";
import type { Examination, Fact } from "../examination.ts";
import { type Answer, unreadReason } from "../facts/answer.ts";
import { kubeletKubeconfig } from "../facts/kubeconfig.ts";
import { askAsKubelet } from "../facts/kubelet-access.ts";
import { kubeletCertificate } from "../facts/kubelet-certificate.ts";
import { nodeName } from "../facts/node-name.ts";
import { restartKubelet } from "../suggested-commands.ts";

/** A kubelet renews its certificate when at most 30 percent of its life remain. */
const notYetDue = 0.3;

type RequestsFact = Fact<Answer<readonly CertificateSigningRequest[]>>;

const clientRequests: RequestsFact = async (examination) => {
  const name = await examination.once(nodeName);
  return askAsKubelet(examination, (cluster, options) => nodeRequests(cluster, name, options));
};

const servingRequests: RequestsFact = async (examination) => {
  const username = nodeUser(await examination.once(nodeName));
  return askAsKubelet(examination, async (cluster, options) => {
    const selected = { ...options, fieldSelector: servingRequestSelector };
    const requests = await cluster.list(certificateSigningRequests, selected);
    return requests.filter(({ spec }) => spec?.username === username);
  });
};

export const certificateRequests: DoctorCheck = {
  name: "certificate-requests",
  group: "cluster",
  title: "The kubelet's certificate signing requests are signed",
  after: ["clock", "kubelet-certificate", "kubelet-running", "endpoint-answers", "endpoint-identity", "endpoint-ready"],
  look: async (examination) => {
    const { clock, once } = examination;
    const [answer, certificate, own] = await Promise.all([
      once(clientRequests),
      once(kubeletCertificate),
      once(kubeletKubeconfig),
    ]);
    if (answer.state !== "found") {
      if (answer.state === "missing" || answer.refusal === undefined) return skipped(unreadReason(answer));
      if (own.state === "loaded" && certificate.state !== "awaited")
        return skipped("the API server refuses the kubelet's credentials");
      return refusedBootstrap(answer.refusal, examination);
    }
    const newest = newestOf(answer.value);
    if (newest === undefined) return passed("there is none");
    const name = newest.metadata?.name ?? "";
    const state = stateOf(newest);
    if (state.state === "issued") return passed();
    // A kubelet with a certificate works on with it.
    const say = certificate.state === "loaded" ? warned : failed;
    const sent = sentAt(newest, clock.now());
    const evidence = [`CertificateSigningRequest ${name}, ${sent}, by ${newest.spec?.username ?? ""}`];
    switch (state.state) {
      case "pending":
        return say(`The kubelet's certificate signing request ${name} is pending, ${sent}: nothing has approved it.`, {
          evidence,
          remedy:
            "Check that it is this machine's, and approve it. kubeadm's clusters approve it automatically while the ClusterRoleBindings kubeadm:node-autoapprove-bootstrap and kubeadm:node-autoapprove-certificate-rotation exist and the controller manager runs.",
          commands: [
            shell`kubectl certificate approve ${name}`,
            shell`kubeadm init phase bootstrap-token   # on a control plane`,
          ],
        });
      case "approved":
        // Where nobody has the CA's key the kubelet asks immediately for a certificate that is not due for months.
        if (certificate.state === "loaded" && remainingLife(certificate.leaf, clock.now()) > notYetDue) {
          return passed(`${name} is approved, but not signed; the certificate in use is not due`);
        }
        return say(`The kubelet's certificate signing request ${name} is approved, but not signed, ${sent}.`, {
          evidence,
          remedy:
            "The controller manager signs it: it is not running, has no leader, or does not have the CA's key (--cluster-signing-key-file).",
          commands: [shell`kubectl -n kube-system get pods -l component=kube-controller-manager`],
        });
      case "denied":
      case "failed":
        return say(
          `The kubelet's certificate signing request ${name} was ${state.state === "denied" ? "denied" : "not signed"}: ${state.reason}`,
          {
            evidence,
            remedy: "Find out who denied it and why. Then restart the kubelet: it sends a new one.",
            commands: [shell`kubectl describe csr ${name}`, restartKubelet],
            ...(name.startsWith(digestedPrefix) ? { decision: deletion(name) } : {}),
          },
        );
    }
  },
};

/** A kubelet that does not rotate its certificate derives the name of its request from its key. */
const digestedPrefix = "node-csr-";

function deletion(name: string): Decision {
  return lastResort({
    id: "denied-request",
    proof: { seen: "a kubelet that does not rotate its certificate finds this request again" },
    act: `delete it with \`${shell`kubectl delete csr ${name}`}\` before the restart`,
    lost: "the record of who denied it, and why",
  });
}

/** 401: the token is not known. 403: it is, and may not do what a bootstrap needs. */
async function refusedBootstrap({ status, message }: ApiStatusError, examination: Examination): Promise<CheckOutcome> {
  if (status === 401) {
    const { remedy, commands } = await newKubeletCredentials("kubeconfig", examination);
    return failed(`The API server refuses the kubelet's bootstrap credentials: ${message}`, {
      remedy: `The token has expired or was deleted. ${remedy}`,
      commands,
    });
  }
  return failed(`The kubelet's bootstrap token may not request certificates: ${message}`, {
    remedy:
      "Restore the permissions of joining machines. The token must be of the group system:bootstrappers:kubeadm:default-node-token.",
    commands: [
      shell`kubeadm init phase bootstrap-token   # on a control plane`,
      shell`kubeadm token list   # on a control plane`,
    ],
  });
}

export const servingCertificate: DoctorCheck = {
  name: "serving-certificate",
  group: "cluster",
  title: "The kubelet's serving certificate is approved",
  after: ["endpoint-answers", "endpoint-identity", "node-registered"],
  look: async ({ clock, once }) => {
    const answer = await once(servingRequests);
    if (answer.state !== "found") return skipped(unreadReason(answer));
    const newest = newestOf(answer.value);
    if (newest === undefined || stateOf(newest).state === "issued") return passed();
    const name = newest.metadata?.name ?? "";
    return warned(
      `The request for the kubelet's serving certificate ${name} is ${stateOf(newest).state}, ${sentAt(newest, clock.now())}: kubectl logs and exec fail on this node.`,
      {
        remedy: "Kubernetes does not approve these requests automatically: check it, and approve it.",
        commands: [shell`kubectl certificate approve ${name}`],
      },
    );
  },
};

function newestOf(requests: readonly CertificateSigningRequest[]): CertificateSigningRequest | undefined {
  const time = ({ metadata }: CertificateSigningRequest) => Date.parse(metadata?.creationTimestamp ?? "") || 0;
  return requests.toSorted((left, right) => time(right) - time(left))[0];
}

function sentAt({ metadata }: CertificateSigningRequest, now: Date): string {
  const created = Date.parse(metadata?.creationTimestamp ?? "");
  if (Number.isNaN(created)) return "sent at an unknown time";
  return `sent ${humanDuration(Math.max(now.getTime() - created, 0))} ago`;
}
