import { choice } from "../../../errors/decision.ts";
import { shell } from "../../../values/shell.ts";
import { describeCertificate } from "../../certificates/check-certificate.ts";
import { endOf, remainingLife, signatureProblem, validityProblem } from "../../certificates/validity.ts";
import { nodeOfUser, nodeUser } from "../../kubelet/node-user.ts";
import { kubeletKubeconfigPath } from "../../paths.ts";
import {
  type CheckOutcome,
  type DoctorCheck,
  type DoctorFinding,
  failed,
  found,
  passed,
  skipped,
  warned,
} from "../check.ts";
import type { Examination } from "../examination.ts";
import { endpoint } from "../facts/endpoint.ts";
import { kubeletConfiguration, kubeletFlags } from "../facts/kubelet.ts";
import { kubeletCertificate } from "../facts/kubelet-certificate.ts";
import { nodeName } from "../facts/node-name.ts";
import { restartKubelet } from "../suggested-commands.ts";
import { type Advice, newKubeletCredentials } from "./new-kubelet-credentials.ts";
import { otherCertificate } from "./other-certificate.ts";

/** What costs least: another certificate that is there already, or else a new one. */
async function adviceFor(path: string, examination: Examination): Promise<Advice> {
  return (await otherCertificate(path, examination)) ?? newKubeletCredentials("certificate", examination);
}

export const kubeletClientCertificate: DoctorCheck = {
  name: "kubelet-certificate",
  group: "credentials",
  title: "The kubelet's certificate belongs to this cluster",
  after: ["clock", "kubelet-kubeconfig"],
  look: async (examination) => {
    const { clock, files, once } = examination;
    const certificate = await once(kubeletCertificate);
    switch (certificate.state) {
      case "none":
        return skipped("the kubelet's kubeconfig names no certificate");
      case "awaited":
        return skipped("the kubelet waits for its certificate");
      case "missing":
        return missing(certificate.path, (await files.status(certificate.path))?.target, examination);
      case "invalid":
        return failed(
          `The kubelet's certificate ${certificate.path} cannot be used: ${certificate.reason}.`,
          await adviceFor(certificate.path, examination),
        );
      case "loaded":
    }
    const { leaf, path, hasOwnKey } = certificate;
    const evidence = [`${path}: ${describeCertificate(leaf)}`];
    const about = { severity: "error", evidence } as const;
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
    if (findings.length === 0) return passed(`valid until ${endOf(leaf)}`);
    const advice = await adviceFor(path, examination);
    return found(findings.map((finding) => ({ ...finding, ...advice })));
  },
};

/** `target`: where a link of this name leads. */
async function missing(path: string, target: string | undefined, examination: Examination): Promise<CheckOutcome> {
  const evidence = [`${kubeletKubeconfigPath} names ${path}`];
  const link = target === undefined ? "" : `: the link points to ${target}, which doesn't exist`;
  return failed(`The kubelet's certificate ${path} is missing${link}.`, {
    evidence,
    ...(await adviceFor(path, examination)),
  });
}

export const nodeNameCertified: DoctorCheck = {
  name: "node-name",
  group: "credentials",
  title: "The kubelet registers the name in its certificate",
  after: ["kubelet-certificate"],
  look: async (examination) => {
    const { machine, once } = examination;
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
    const advice =
      (await otherCertificate(certificate.path, examination)) ?? (await renaming(certified, name, examination));
    return failed(
      `The kubelet registers the Node ${name}, but its certificate is that of ${certified}: the API server refuses it.`,
      {
        evidence: [source, `${certificate.path}: ${describeCertificate(certificate.leaf)}`],
        ...advice,
      },
    );
  },
};

/** What makes the Node's name and that of the certificate the same. */
async function renaming(
  certified: string,
  name: string,
  examination: Examination,
): Promise<Pick<DoctorFinding, "remedy" | "commands" | "decision">> {
  const previous = nodeOfUser(certified);
  if (previous === undefined) return newKubeletCredentials("certificate", examination);
  const flag = (await examination.once(kubeletFlags)).find("hostname-override");
  const isPlain = [previous, flag?.value ?? "", flag?.path ?? ""].every((word) => /^[\w./-]*$/.test(word));
  if (flag !== undefined) {
    const correction = `s|--hostname-override=${flag.value}|--hostname-override=${previous}|`;
    return {
      remedy: `Set --hostname-override=${previous} in ${flag.path}, then restart the kubelet.`,
      commands: [...(isPlain ? [shell`sed -i ${correction} ${flag.path}`] : []), restartKubelet],
    };
  }
  return {
    remedy: "The machine's name and that of the certificate must be the same.",
    commands: [shell`hostnamectl`],
    decision: choice(
      `If the machine has lost its name, restore it with \`${shell`hostnamectl set-hostname ${previous}`}\` and restart the kubelet. If ${name} is right, move the certificate away; \`kubeadm doctor\` then shows how the kubelet gets one for that name.`,
    ),
  };
}

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
          commands: [shell`systemctl restart kubelet`],
        },
      );
    }
    if (life > rotationIsOver) return passed(`until ${end}`);
    return warned(`The kubelet has not renewed its certificate, which expires on ${end}.`, {
      evidence,
      remedy:
        "Its requests are pending or denied, or the kubelet can't send them: see its log and the list of requests.",
      commands: [shell`kubectl get csr`, shell`journalctl -u kubelet | grep -i certificate`],
    });
  },
};
