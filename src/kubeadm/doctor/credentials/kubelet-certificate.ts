import { describeCertificate } from "../../certificates/check-certificate.ts";
import { endOf, remainingLife, signatureProblem, validityProblem } from "../../certificates/validity.ts";
import { nodeOfUser, nodeUser } from "../../kubelet/node-user.ts";
import { type DoctorCheck, type DoctorFinding, failed, found, passed, skipped, warned } from "../check.ts";
import { endpoint } from "../facts/endpoint.ts";
import { kubeletConfiguration, kubeletFlags } from "../facts/kubelet.ts";
import { kubeletCertificate } from "../facts/kubelet-certificate.ts";
import { nodeName } from "../facts/node-name.ts";

const joinAgain = "Reset this machine and join it again, or give the kubelet a new certificate.";
const newCertificate = [
  "kubeadm token create --print-join-command   # on a control plane",
  "kubeadm reset   # here, then the printed command",
];

export const kubeletClientCertificate: DoctorCheck = {
  name: "kubelet-certificate",
  group: "credentials",
  title: "The kubelet's certificate is one of this cluster",
  after: ["clock", "kubelet-kubeconfig"],
  look: async ({ clock, once }) => {
    const certificate = await once(kubeletCertificate);
    const advice = { remedy: joinAgain, commands: newCertificate };
    switch (certificate.state) {
      case "none":
        return skipped("the kubelet's kubeconfig names no certificate");
      case "awaited":
        return skipped("the kubelet waits for its certificate");
      case "missing":
        return failed(`The kubelet's certificate ${certificate.path} is missing.`, {
          evidence: [`kubelet.conf names ${certificate.path}`],
          ...advice,
        });
      case "invalid":
        return failed(`The kubelet's certificate ${certificate.path} cannot be used: ${certificate.reason}.`, advice);
      case "loaded":
    }
    const { leaf, path, hasOwnKey } = certificate;
    const evidence = [`${path}: ${describeCertificate(leaf)}`];
    const about = { severity: "error", evidence, ...advice } as const;
    const findings: DoctorFinding[] = [];
    const invalid = validityProblem(leaf, clock.now());
    if (invalid !== undefined) findings.push({ ...about, finding: `The kubelet's certificate ${invalid}.` });
    if (!hasOwnKey) {
      findings.push({ ...about, finding: `The private key in ${path} does not belong to the kubelet's certificate.` });
    }
    const authorities = (await once(endpoint))?.authorities?.certificates ?? [];
    const foreign = authorities.length === 0 ? undefined : signatureProblem(certificate, authorities);
    if (foreign !== undefined) {
      const ca = authorities.map(describeCertificate).map((each) => `the cluster's CA: ${each}`);
      const finding = "The kubelet's certificate is not signed by the CA of the cluster in its kubeconfig.";
      findings.push({ ...about, finding, evidence: [...evidence, ...ca, foreign] });
    }
    return found(findings, `valid until ${endOf(leaf)}`);
  },
};

export const nodeNameCertified: DoctorCheck = {
  name: "node-name",
  group: "credentials",
  title: "The kubelet registers the name that it has a certificate for",
  after: ["kubelet-certificate"],
  look: async ({ machine, once }) => {
    const [certificate, name, flags] = await Promise.all([
      once(kubeletCertificate),
      once(nodeName),
      once(kubeletFlags),
    ]);
    if (certificate.state !== "loaded") return skipped("the kubelet's certificate could not be read");
    const certified = /^CN=(.*)$/m.exec(certificate.leaf.subject)?.[1] ?? "";
    if (certified === nodeUser(name)) return passed(name);
    const flag = flags.find("hostname-override");
    const source =
      flag === undefined ? `hostname: ${machine.hostname}` : `${flag.path}: --hostname-override=${flag.value}`;
    const former = nodeOfUser(certified);
    const remedy =
      former === undefined
        ? "Reset this machine and join it again."
        : `Give the machine its former name, or set --hostname-override=${former}; for another name, reset the machine and join it again.`;
    return failed(
      `The kubelet registers the Node ${name}, but its certificate is that of ${certified}: the API server refuses it.`,
      {
        evidence: [source, `${certificate.path}: ${describeCertificate(certificate.leaf)}`],
        remedy,
        commands: ["hostnamectl", "systemctl restart kubelet"],
      },
    );
  },
};

/** A kubelet asks for its next certificate when 70 to 90 percent of the life of the current one have passed. */
const rotationIsOver = 0.1;

export const kubeletRotation: DoctorCheck = {
  name: "kubelet-rotation",
  group: "credentials",
  title: "The kubelet renews its certificate",
  after: ["kubelet-certificate"],
  look: async ({ clock, once }) => {
    const [certificate, configured] = await Promise.all([once(kubeletCertificate), once(kubeletConfiguration)]);
    if (certificate.state !== "loaded") return skipped("the kubelet's certificate could not be read");
    if (validityProblem(certificate.leaf, clock.now()) !== undefined) return skipped("the certificate is not valid");
    const life = remainingLife(certificate.leaf, clock.now());
    const end = endOf(certificate.leaf);
    const evidence = [`${certificate.path}: ${describeCertificate(certificate.leaf)}`];
    const rotates = configured.state !== "loaded" || configured.configuration["rotateCertificates"] === true;
    if (!rotates) {
      return warned(
        `The kubelet does not renew its certificate (rotateCertificates is not true), which expires on ${end}.`,
        {
          evidence,
          remedy: "Set rotateCertificates: true in the kubelet's configuration and restart the kubelet.",
          commands: ["systemctl restart kubelet"],
        },
      );
    }
    if (life > rotationIsOver) return passed(`until ${end}`);
    return warned(`The kubelet has not renewed its certificate, which expires on ${end}.`, {
      evidence,
      remedy:
        "Its requests are pending or denied, or the kubelet cannot send them: its log and the list of requests say why.",
      commands: ["kubectl get csr", "journalctl -u kubelet | grep -i certificate"],
    });
  },
};
