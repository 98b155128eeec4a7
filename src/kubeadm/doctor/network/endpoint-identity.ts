import type { X509Certificate } from "node:crypto";
import type { ServerInspection } from "../../../cluster/https-inspection.ts";
import { joinHostPort } from "../../../go/host-port.ts";
import { certificateContent } from "../../../pki/certificate-content.ts";
import { isNamed } from "../../../pki/server-identity.ts";
import { shell } from "../../../values/shell.ts";
import { describeCertificate } from "../../certificates/check-certificate.ts";
import { type CheckOutcome, type DoctorCheck, failed, passed, skipped } from "../check.ts";
import { anonymousAnswer, type Endpoint, endpoint, inspection } from "../facts/endpoint.ts";
import { explainedFailure, isUnverified, notKnown } from "./endpoint.ts";

export const endpointIdentity: DoctorCheck = {
  name: "endpoint-identity",
  group: "network",
  title: "The server at the endpoint is the API server of this cluster",
  after: ["clock", "cluster-ca", "kubelet-kubeconfig", "endpoint-answers"],
  look: async (examination) => {
    const { once } = examination;
    const [place, answer] = await Promise.all([once(endpoint), once(anonymousAnswer)]);
    if (place === undefined || answer === undefined) return skipped(notKnown);
    if (answer.state === "answered") return passed();
    const { error } = answer;
    if (!isUnverified(error)) return skipped("the API server does not respond");
    const explained = await explainedFailure(error, place, examination);
    const seen = await once(inspection);
    if (error.code === "certificate-untrusted" && seen !== undefined) {
      const outcome = stranger(place, seen);
      if (outcome !== undefined) return outcome;
    }
    return failed(`The kubelet cannot verify the API server at ${place.server}: ${explained.reason}`, {
      evidence: explained.evidence,
      remedy: explained.remedy,
    });
  },
};

/** Says who answers with a certificate that another CA has signed. */
function stranger(place: Endpoint, { certificates }: ServerInspection): CheckOutcome | undefined {
  const [leaf] = certificates;
  const authorities = place.authorities?.certificates ?? [];
  if (leaf === undefined || authorities.length === 0) return undefined;
  const evidence = [
    `presented: ${describeCertificate(leaf)}`,
    ...authorities.map((each) => `the cluster's CA: ${describeCertificate(each)}`),
  ];
  const commands = [
    shell`timeout 10 openssl s_client -connect ${joinHostPort(place.host, place.port)} -showcerts </dev/null`,
  ];
  if (isOfCluster(leaf, authorities)) {
    return failed(
      `Another cluster responds at ${place.server}: its certificate is signed by a CA that only has the same name.`,
      {
        evidence,
        remedy:
          "Correct the address, DNS or the load balancer. If the cluster has a new CA, copy it to /etc/kubernetes/pki/ca.crt and to the kubeconfig of this machine.",
        commands,
      },
    );
  }
  if (isFor(place.serverName ?? place.host, leaf)) {
    const issuer = leaf.issuer.split("\n").join(", ");
    return failed(
      `A proxy intercepts TLS between this machine and ${place.server}: the certificate is issued by ${issuer}.`,
      {
        evidence,
        remedy: `Except ${place.host} from interception: the kubelet and kubeadm accept only the cluster's own CA.`,
        commands,
      },
    );
  }
  const subject = leaf.subject.split("\n").join(", ");
  return failed(
    `Something other than the API server responds at ${place.server}: its certificate is that of ${subject}.`,
    {
      evidence,
      remedy: "Check the address and port of the API server, DNS, and the load balancer.",
      commands,
    },
  );
}

function isOfCluster(leaf: X509Certificate, authorities: readonly X509Certificate[]): boolean {
  const hasName = authorities.some(({ subject }) => subject === leaf.issuer);
  return hasName || /^CN=kube-apiserver$/m.test(leaf.subject);
}

function isFor(host: string, leaf: X509Certificate): boolean {
  try {
    return isNamed(host, certificateContent(leaf));
  } catch {
    // What a stranger presents may be malformed.
    return false;
  }
}
